/**
 * Traffic control: registers as a client, opens an interface, adds a flow with a rate and a filter that
 * puts the packets to an address and port into it, waits, and takes all of it back. Needs Windows and
 * administrators' rights; Wine's traffic.dll does nothing.
 *
 *   npm start -- examples/qos/tcsample.ts -d 192.168.1.2:80 -r 100000 -w 10
 */

import {
  errorName,
  FLOWSPEC,
  HANDLE,
  htons,
  IPPROTO_TCP,
  inet_addr,
  MAKEWORD,
  ref,
  sizeof,
  WSACleanup,
  WSADATA,
  WSAStartup,
} from 'winsock';
import { Sleep } from 'winsock/kernel';
import {
  CURRENT_TCI_VERSION,
  IP_PATTERN,
  QOS_NOT_SPECIFIED,
  SERVICETYPE_BESTEFFORT,
  TC_GEN_FILTER,
  TC_GEN_FLOW,
  TCI_CLIENT_FUNC_LIST,
  TCI_NOTIFY_HANDLER,
  TcAddFilter,
  TcAddFlow,
  TcCloseInterface,
  TcDeleteFilter,
  TcDeleteFlow,
  TcDeregisterClient,
  TcOpenInterfaceW,
  TcRegisterClient,
  trafficInterfaces,
} from 'winsock/qos';
import { getopt, integer } from '../shared/options.ts';

const NP_TCP_ADDRESS_TYPE = 2;
const USAGE = `usage: tcsample [-i INTERFACE] [-d ADDRESS:PORT] [-p PROTOCOL] [-r RATE] [-w SECONDS]
  -i INTERFACE     number of the interface (default: 0, the first)
  -d ADDRESS:PORT  where the packets of the flow go (default: any)
  -p PROTOCOL      their protocol (default: 6, TCP)
  -r RATE          bytes in a second that the flow may have (default: no limit)
  -w SECONDS       how long the flow exists (default: 5)
Needs Windows, and administrators' rights.`;

const failed = (what: string, code: number) => {
  console.log(`${what} failed with error ${code} ${errorName(code) ?? ''}`);
  return 1;
};

function MakeFlow(rate: number): TC_GEN_FLOW {
  const spec = new FLOWSPEC({
    TokenRate: rate,
    TokenBucketSize: rate,
    PeakBandwidth: QOS_NOT_SPECIFIED,
    Latency: QOS_NOT_SPECIFIED,
    DelayVariation: QOS_NOT_SPECIFIED,
    ServiceType: SERVICETYPE_BESTEFFORT,
    MaxSduSize: QOS_NOT_SPECIFIED,
    MinimumPolicedSize: QOS_NOT_SPECIFIED,
  });
  return new TC_GEN_FLOW({ SendingFlowspec: spec, ReceivingFlowspec: spec, TcObjectsLength: 0 });
}

/** A packet belongs to the flow where it has the bits of the pattern under the bits of the mask. */
function MakeFilter(destination: string | undefined, protocol: number): TC_GEN_FILTER {
  const [address, port] = destination?.split(':') ?? [];
  const pattern = new IP_PATTERN({ ProtocolId: protocol });
  const mask = new IP_PATTERN({ ProtocolId: 0xff });
  if (address) {
    pattern.DstAddr = inet_addr(address);
    mask.DstAddr = 0xffffffff;
  }
  if (port) {
    pattern.tcDstPort = htons(integer('The port of -d', port, 0, 0, 65_535));
    mask.tcDstPort = 0xffff;
  }
  return new TC_GEN_FILTER({
    AddressType: NP_TCP_ADDRESS_TYPE,
    PatternSize: sizeof(IP_PATTERN),
    Pattern: pattern,
    Mask: mask,
  });
}

function main(): number {
  const [options] = getopt(USAGE, 'i:d:p:r:w:');
  const index = integer('-i', options.i, 0);
  const rate = integer('-r', options.r, QOS_NOT_SPECIFIED, 1);
  const protocol = integer('-p', options.p, IPPROTO_TCP, 0, 255);
  const seconds = integer('-w', options.w, 5);
  const tcFilter = MakeFilter(options.d, protocol);
  console.log("This program needs Windows, and administrators' rights.");
  WSAStartup(MAKEWORD(2, 2), new WSADATA());

  // The system calls this when an interface comes or goes, and when it has closed a flow itself.
  const notify = TCI_NOTIFY_HANDLER.register((_client, _interface, event) => {
    console.log(`Notification ${event}`);
  });
  const handlers = new TCI_CLIENT_FUNC_LIST({ ClNotifyHandler: notify });
  const client = ref(HANDLE);
  const opened = ref(HANDLE);
  const flow = ref(HANDLE);
  const filter = ref(HANDLE);
  try {
    let rc = TcRegisterClient(CURRENT_TCI_VERSION, 0, handlers, client);
    if (rc !== 0) return failed('TcRegisterClient', rc);
    const interfaces = trafficInterfaces(client.value);
    for (const [i, { pInterfaceName }] of interfaces.entries())
      console.log(`${i}: ${pInterfaceName}`);
    const chosen = interfaces[index];
    if (!chosen) {
      console.log('There is no such interface');
      return 1;
    }
    rc = TcOpenInterfaceW(chosen.pInterfaceName, client.value, 0, opened);
    if (rc !== 0) return failed('TcOpenInterface', rc);
    rc = TcAddFlow(opened.value, 0, 0, MakeFlow(rate), flow);
    if (rc !== 0) return failed('TcAddFlow', rc);
    rc = TcAddFilter(flow.value, tcFilter, filter);
    if (rc !== 0) return failed('TcAddFilter', rc);
    console.log(`The flow exists for ${seconds} seconds`);
    Sleep(1000 * seconds);
    return 0;
  } catch (error) {
    console.log((error as Error).message);
    return 1;
  } finally {
    if (filter.value) TcDeleteFilter(filter.value);
    if (flow.value) TcDeleteFlow(flow.value);
    if (opened.value) TcCloseInterface(opened.value);
    if (client.value) TcDeregisterClient(client.value);
    notify.close();
    WSACleanup();
  }
}

process.exitCode = main();
