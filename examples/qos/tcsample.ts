/**
 * Traffic control: adds a flow and a filter to every interface, so that the packets which the filter
 * describes are marked or throttled until Ctrl-C. Needs Windows and administrators' rights; Wine's
 * traffic.dll does nothing.
 *
 *   npm start -- examples/qos/tcsample.ts -destip 192.168.1.10 -proto ip -dscp 40
 */

import { once } from 'node:events';
import {
  AF_INET,
  cast,
  errorName,
  FLOWSPEC,
  HANDLE,
  htons,
  INADDR_ANY,
  INADDR_NONE,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  inet_addr,
  MAKEWORD,
  NO_ERROR,
  ntohs,
  offsetof,
  QOS_NOT_SPECIFIED,
  type Ref,
  ref,
  SERVICETYPE_BESTEFFORT,
  SERVICETYPE_GUARANTEED,
  sizeof,
  sockaddr_in,
  WSACleanup,
  WSADATA,
  WSAStartup,
} from 'winsock';
import {
  CURRENT_TCI_VERSION,
  IP_PATTERN,
  QOS_DS_CLASS,
  QOS_OBJECT_DS_CLASS,
  QOS_OBJECT_TRAFFIC_CLASS,
  QOS_TRAFFIC_CLASS,
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
import { getopt, integer, oneOf, wrong } from '../shared/options.ts';
import { NameInfo } from '../shared/resolve.ts';

const NDIS_PROTOCOL_ID_TCP_IP = 2;
const USAGE = `usage: tcsample [-proto PROTOCOL] [-destip ADDRESS] [-destport PORT]
                [-dscp VALUE] [-onep VALUE] [-throttle RATE]
  -proto PROTOCOL  tcp, udp or ip (default: ip, which is all)
  -destip ADDRESS  IPv4 address that packets go to (default: any)
  -destport PORT   port that packets go to (default: any)
  -dscp VALUE      DSCP, 0 to 63, to mark them with (default: as they are)
  -onep VALUE      802.1p priority, 0 to 7, to mark them with (default: as they are)
  -throttle RATE   bytes in a second that they may have (default: no limit)
Needs Windows, and administrators' rights.`;

/** An interface with the flow and the filter that were added to it. */
interface IFC {
  readonly name: string;
  readonly hIfc: Ref<HANDLE>;
  readonly hFlow: Ref<HANDLE>;
  readonly hFilter: Ref<HANDLE>;
}

/** Says which function failed. The result is the program's exit code. */
function failed(what: string, err: number): number {
  console.log(`${what} failed: ${err} ${errorName(err) ?? ''}`);
  return 1;
}

function AddTcFlows(IfcList: readonly IFC[], flow: TC_GEN_FLOW): number {
  for (const { hIfc, hFlow } of IfcList) {
    const err = TcAddFlow(hIfc.value, 0, 0, flow, hFlow);
    if (err !== NO_ERROR) return failed('TcAddFlow', err);
  }
  return 0;
}

function AddTcFilters(IfcList: readonly IFC[], filter: TC_GEN_FILTER): number {
  for (const { hFlow, hFilter } of IfcList) {
    const err = TcAddFilter(hFlow.value, filter, hFilter);
    if (err !== NO_ERROR) return failed('TcAddFilter', err);
  }
  return 0;
}

/** Opens every interface that has traffic control. */
function MakeIfcList(hClient: HANDLE, IfcList: IFC[]): number {
  for (const { pInterfaceName } of trafficInterfaces(hClient)) {
    const [hFlow, hFilter] = [ref(HANDLE, 0), ref(HANDLE, 0)];
    const ifc = { name: `${pInterfaceName}`, hIfc: ref(HANDLE, 0), hFlow, hFilter };
    const err = TcOpenInterfaceW(pInterfaceName, hClient, 0, ifc.hIfc);
    if (err !== NO_ERROR) return failed('TcOpenInterface', err);
    IfcList.push(ifc);
  }
  if (IfcList.length > 0) return 0;
  console.log('No interface has the QoS Packet Scheduler');
  return 1;
}

/** Takes back all that was added. */
function ClearIfcList(IfcList: readonly IFC[]): void {
  for (const { hIfc, hFlow, hFilter } of IfcList) {
    if (hFilter.value !== 0) TcDeleteFilter(hFilter.value);
    if (hFlow.value !== 0) TcDeleteFlow(hFlow.value);
    TcCloseInterface(hIfc.value);
  }
}

/** A flow that limits packets where a rate is given, with the objects that mark them behind it. */
function CreateFlow(dscp?: number, onep?: number, throttle?: number): TC_GEN_FLOW {
  const objects: Uint8Array[] = [];
  if (onep !== undefined) {
    const [ObjectType, ObjectLength] = [QOS_OBJECT_TRAFFIC_CLASS, sizeof(QOS_TRAFFIC_CLASS)];
    const ObjectHdr = { ObjectType, ObjectLength };
    objects.push(new QOS_TRAFFIC_CLASS({ ObjectHdr, TrafficClass: onep }));
  }
  if (dscp !== undefined) {
    const ObjectHdr = { ObjectType: QOS_OBJECT_DS_CLASS, ObjectLength: sizeof(QOS_DS_CLASS) };
    objects.push(new QOS_DS_CLASS({ ObjectHdr, DSField: dscp }));
  }
  const limited = throttle !== undefined;
  console.log('Flow Parameters:');
  console.log(`\tDSCP: ${dscp ?? '*'}`);
  console.log(`\t802.1p: ${onep ?? '*'}`);
  console.log(`\tThrottleRate: ${throttle ?? '*'}`);
  console.log(`\tServiceType: ${limited ? 'Guaranteed' : 'Best effort'}`);

  const spec = new FLOWSPEC({
    TokenRate: throttle ?? QOS_NOT_SPECIFIED,
    TokenBucketSize: throttle ?? QOS_NOT_SPECIFIED,
    PeakBandwidth: QOS_NOT_SPECIFIED,
    Latency: QOS_NOT_SPECIFIED,
    DelayVariation: QOS_NOT_SPECIFIED,
    ServiceType: limited ? SERVICETYPE_GUARANTEED : SERVICETYPE_BESTEFFORT,
    MaxSduSize: QOS_NOT_SPECIFIED,
    MinimumPolicedSize: QOS_NOT_SPECIFIED,
  });
  const behind = Buffer.concat(objects);
  const memory = Buffer.alloc(sizeof(TC_GEN_FLOW) + behind.length);
  memory.set(behind, offsetof(TC_GEN_FLOW, 'TcObjects'));
  const flow = cast(TC_GEN_FLOW, memory);
  flow.SendingFlowspec = spec;
  flow.ReceivingFlowspec = spec;
  flow.TcObjectsLength = behind.length;
  return flow;
}

/** A packet belongs to the flow where it has the bits of the pattern under the bits of the mask. */
function CreateFilter(address: sockaddr_in, ProtocolId: number): TC_GEN_FILTER {
  const { sin_addr, sin_port } = address;
  const names: Record<number, string> = { [IPPROTO_TCP]: 'TCP', [IPPROTO_UDP]: 'UDP' };
  console.log('Filter Parameters:');
  const any = sin_addr.s_addr === INADDR_ANY;
  console.log(`\tAddress: ${any ? '*' : NameInfo(address, sizeof(address))[0]}`);
  console.log(`\tDest Port: ${ntohs(sin_port)}`);
  console.log(`\tProtocol: ${names[ProtocolId] ?? 'IP'}`);

  const Pattern = new IP_PATTERN({ DstAddr: sin_addr.s_addr, ProtocolId });
  Pattern.tcDstPort = sin_port;
  // All bits count, but those of the source and of what was not given.
  const Mask = new IP_PATTERN();
  Mask.fill(0xff);
  Mask.SrcAddr = 0;
  Mask.tcSrcPort = 0;
  if (Pattern.tcDstPort === 0) Mask.tcDstPort = 0;
  if (Pattern.ProtocolId === 0) Mask.ProtocolId = 0;
  if (Pattern.DstAddr === 0) Mask.DstAddr = 0;
  return new TC_GEN_FILTER({
    AddressType: NDIS_PROTOCOL_ID_TCP_IP,
    PatternSize: sizeof(IP_PATTERN),
    Pattern,
    Mask,
  });
}

async function main(): Promise<number> {
  const names = ['proto:', 'destip:', 'destport:', 'dscp:', 'onep:', 'throttle:'];
  const [{ proto, destip = '0.0.0.0', destport, dscp, onep, throttle }] = getopt(USAGE, names);
  const protocol = oneOf('-proto', proto, { ip: IPPROTO_IP, tcp: IPPROTO_TCP, udp: IPPROTO_UDP });
  const s_addr = inet_addr(destip);
  if (s_addr === INADDR_NONE) wrong(`-destip takes an IPv4 address, not ${destip}`);
  const sin_port = htons(integer('-destport', destport, 0, 0, 65_535));
  const address = new sockaddr_in({ sin_family: AF_INET, sin_port, sin_addr: { s_addr } });
  console.log("This program needs Windows, and administrators' rights.");
  const flow = CreateFlow(
    dscp === undefined ? undefined : integer('-dscp', dscp, 0, 0, 63),
    onep === undefined ? undefined : integer('-onep', onep, 0, 0, 7),
    throttle === undefined ? undefined : integer('-throttle', throttle, 0, 1),
  );
  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== NO_ERROR) return failed('WSAStartup', rc);

  // The system calls this when an interface comes or goes, and when it has closed a flow itself.
  const ClNotifyHandler = TCI_NOTIFY_HANDLER.register((_client, _interface, event, subCode) => {
    console.log(`Notification: Event=${event}, SubCode=${subCode}`);
  });
  const hClient = ref(HANDLE, 0);
  const IfcList: IFC[] = [];
  try {
    const filter = CreateFilter(address, protocol);
    const handlers = new TCI_CLIENT_FUNC_LIST({ ClNotifyHandler });
    const err = TcRegisterClient(CURRENT_TCI_VERSION, 0, handlers, hClient);
    if (err !== NO_ERROR) return failed('TcRegisterClient', err);
    if (MakeIfcList(hClient.value, IfcList) !== 0) return 1;
    console.log(`Interface list created: ${IfcList.map(({ name }) => name).join(', ')}`);
    if (AddTcFlows(IfcList, flow) !== 0) return 1;
    console.log('Flows added...');
    if (AddTcFilters(IfcList, filter) !== 0) return 1;
    console.log('Filters added...');
    console.log('Press Ctrl-C to exit');
    // A listener for a signal does not keep the program running, a timer does.
    const waiting = setInterval(() => {}, 60_000);
    await once(process, 'SIGINT');
    clearInterval(waiting);
    return 0;
  } catch (error) {
    console.log((error as Error).message);
    return 1;
  } finally {
    ClearIfcList(IfcList);
    if (hClient.value !== 0) TcDeregisterClient(hClient.value);
    ClNotifyHandler.close();
    WSACleanup();
  }
}

process.exitCode = await main();
