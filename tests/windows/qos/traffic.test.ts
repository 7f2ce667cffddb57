import t from 'tap';
import * as w from 'winsock';
import * as qos from 'winsock/qos';
import { needsDlls, testDll } from '../support/native.ts';

// As in calls.test.ts, the DLL of the test answers for traffic.dll.
const dll = testDll('traffic');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const notify = w.func<(event: number, subject: number) => void>(dll, 'Notify', w.NeverFails, () => [
  w.void_,
  w.p('event', w.ULONG),
  w.p('subject', w.ULONG_PTR),
]);

const lines = () => takeRecord().split('\n');
const shown = (handle: number) => handle.toString(16).padStart(16, '0');
const IFC = 0x1fc as w.HANDLE;
const FLOW = 0xf10 as w.HANDLE;
const what = new w.GUID({ Data1: 0x12345678 });

t.test('clients, interfaces and what they are told', needsDlls, async (t) => {
  takeRecord();
  const told: unknown[] = [];
  using onNotify = qos.TCI_NOTIFY_HANDLER.register((client, ifc, event, code, size, buffer) => {
    told.push([client, ifc, event, code, size, w.cast(w.uint32, buffer).value]);
  });
  const completed = (context: w.HANDLE, status: number) => told.push([context, status]);
  using onAdd = qos.TCI_ADD_FLOW_COMPLETE_HANDLER.register(completed);
  using onModify = qos.TCI_MOD_FLOW_COMPLETE_HANDLER.register(completed);
  using onDelete = qos.TCI_DEL_FLOW_COMPLETE_HANDLER.register(completed);
  const list = new qos.TCI_CLIENT_FUNC_LIST({
    ClNotifyHandler: onNotify,
    ClAddFlowCompleteHandler: onAdd,
    ClModifyFlowCompleteHandler: onModify,
    ClDeleteFlowCompleteHandler: onDelete,
  });
  const client = w.ref(w.HANDLE);
  qos.TcRegisterClient.orThrow(qos.CURRENT_TCI_VERSION, 0x77, list, client);
  notify(qos.TC_NOTIFY_IFC_CLOSE, 0x99);
  t.same(told.splice(0), [[0x77, 7, qos.TC_NOTIFY_IFC_CLOSE, 0x99, 4, 0xabc]]);

  const interfaces = qos.trafficInterfaces(client.value);
  t.same(
    interfaces.map((one) => [one.pInterfaceName, one.AddressListDesc.MediaType]),
    [
      ['first', 10],
      ['the second', 11],
    ],
  );
  t.equal(interfaces[0]!.buffer, interfaces[1]!.buffer);

  const ifc = w.ref(w.HANDLE);
  qos.TcOpenInterfaceW.orThrow('the second', client.value, 0x55, ifc);
  t.equal(ifc.value, IFC);
  qos.TcOpenInterfaceA.orThrow('first', client.value, 0x56, ifc);
  t.equal(ifc.value, 0x1fca);

  const flow = new qos.TC_GEN_FLOW({
    SendingFlowspec: { TokenRate: 1, PeakBandwidth: 2 },
    ReceivingFlowspec: { ServiceType: qos.SERVICETYPE_GUARANTEED },
    TcObjectsLength: 3,
  });
  const handle = w.ref(w.HANDLE);
  t.equal(qos.TcAddFlow.orThrow(IFC, 0x66, 0, flow, handle), w.ERROR_SIGNAL_PENDING);
  t.equal(handle.value, FLOW);
  qos.TcModifyFlow.orThrow(FLOW, flow);
  qos.TcDeleteFlow.orThrow(FLOW);
  t.same(told, [
    [0x66, w.ERROR_NETWORK_UNREACHABLE],
    [FLOW, 0],
    [FLOW, 0],
  ]);
  qos.TcCloseInterface.orThrow(IFC);
  qos.TcDeregisterClient.orThrow(client.value);
  t.same(lines(), [
    `TcRegisterClient 2 ${shown(0x77)}`,
    `TcEnumerateInterfaces ${shown(0xc11e)}`,
    `TcOpenInterfaceW the second ${shown(0xc11e)} ${shown(0x55)}`,
    `TcOpenInterfaceA first ${shown(0xc11e)} ${shown(0x56)}`,
    `TcAddFlow ${shown(0x1fc)} ${shown(0x66)} 0 1 ${qos.SERVICETYPE_GUARANTEED} 3`,
    `TcModifyFlow ${shown(0xf10)} 2`,
    `TcDeleteFlow ${shown(0xf10)}`,
    `TcCloseInterface ${shown(0x1fc)}`,
    `TcDeregisterClient ${shown(0xc11e)}`,
  ]);
});

t.test('parameters of interfaces and flows are set and queried', needsDlls, async (t) => {
  takeRecord();
  const value = w.ref(w.ULONG, 0xcafe);
  const size = w.ref(w.ULONG, 4);
  qos.TcSetInterface.orThrow(IFC, what, 4, value);
  qos.TcSetFlowA.orThrow('flowA', what, 4, value);
  qos.TcSetFlowW.orThrow('flowW', what, 4, value);
  qos.TcQueryInterface.orThrow(IFC, what, 1, size, value);
  t.equal(value.value, 0xfeed);
  qos.TcQueryFlowA.orThrow('flowA', what, size, value);
  t.equal(value.value, 0xa);
  qos.TcQueryFlowW.orThrow('flowW', what, size, value);
  t.equal(value.value, 0xb);
  t.throws(() => qos.TcSetInterface(IFC, what, 5, value), RangeError);
  size.value = 5;
  t.throws(() => qos.TcQueryInterface(IFC, what, 0, size, value), RangeError);

  const name = Buffer.alloc(32);
  qos.TcGetFlowNameA.orThrow(FLOW, 32, name);
  t.equal(name.toString('latin1', 0, 6), 'flowA\0');
  qos.TcGetFlowNameW.orThrow(FLOW, 16, name);
  t.equal(name.toString('utf16le', 0, 12), 'flowW\0');
  t.throws(() => qos.TcGetFlowNameW(FLOW, 17, name), RangeError, 'characters, not bytes');
  t.throws(() => qos.TcGetFlowNameW.orThrow(FLOW, 2, name), { code: 'ERROR_INSUFFICIENT_BUFFER' });
  t.same(lines(), [
    `TcSetInterface ${shown(0x1fc)} 12345678 4 cafe`,
    'TcSetFlowA flowA 12345678 4 cafe',
    'TcSetFlowW flowW 12345678 4 cafe',
    `TcQueryInterface ${shown(0x1fc)} 12345678 1 4`,
    'TcQueryFlowA flowA 12345678 4',
    'TcQueryFlowW flowW 12345678 4',
    `TcGetFlowNameA ${shown(0xf10)} 32`,
    `TcGetFlowNameW ${shown(0xf10)} 16`,
    `TcGetFlowNameW ${shown(0xf10)} 2`,
  ]);
});

t.test('filters are added and deleted', needsDlls, async (t) => {
  takeRecord();
  const pattern = new qos.IP_PATTERN({ DstAddr: 0x0100007f, ProtocolId: w.IPPROTO_UDP });
  pattern.tcDstPort = 5004;
  const mask = new qos.IP_PATTERN({ DstAddr: 0xffffffff });
  const filter = new qos.TC_GEN_FILTER({
    AddressType: 1,
    PatternSize: pattern.byteLength,
    Pattern: pattern,
    Mask: mask,
  } as never);
  const handle = w.ref(w.HANDLE);
  qos.TcAddFilter.orThrow(FLOW, filter, handle);
  t.equal(handle.value, 0xf117);
  qos.TcDeleteFilter.orThrow(handle.value);
  t.same(lines(), [
    `TcAddFilter ${shown(0xf10)} 1 ${pattern.byteLength} 100007f 5004 17 ffffffff`,
    `TcDeleteFilter ${shown(0xf117)}`,
  ]);
});

t.test('all flows of an interface are listed', needsDlls, async (t) => {
  takeRecord();
  const flows = [...qos.trafficFlows(IFC)];
  t.same(
    flows.map((one) => [
      String(one.FlowName),
      one.OwnerProcessId,
      one.pFlow!.SendingFlowspec.TokenRate,
    ]),
    [
      ['flow 0', 500, 9000],
      ['flow 1', 501, 9001],
      ['flow 2', 502, 9002],
    ],
  );
  t.equal(flows[0]!.pFlow!.buffer, flows[0]!.buffer);
  t.same(lines(), [
    `TcEnumerateFlows ${shown(0x1fc)} 0 32`,
    `TcEnumerateFlows ${shown(0x1fc)} 2 32`,
    `TcEnumerateFlows ${shown(0x1fc)} 3 32`,
  ]);
});
