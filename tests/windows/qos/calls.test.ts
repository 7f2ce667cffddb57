import t from 'tap';
import * as w from 'winsock';
import * as qos from 'winsock/qos';
import { needsDlls, testDll } from '../support/native.ts';

// Windows and Wine take a library that is loaded already for any later request of its name, so the
// DLL of the test, whose prototypes are those of the headers, answers here for qwave.dll.
const takeRecord = w.func<() => string>(testDll('qwave'), 'TakeRecord', w.NeverFails, () => [
  w.cstring,
]);

const HANDLE = 0x5105 as w.HANDLE;
const SHOWN = '0000000000005105';
const SOCKET = 321 as w.SOCKET;
const address = new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(5004) });
const to = w.cast(w.sockaddr, address);

t.test('qWAVE is given its arguments, and its failures are reported', needsDlls, async (t) => {
  takeRecord();
  const handle = w.ref(w.HANDLE);
  qos.QOSCreateHandle.orThrow(new qos.QOS_VERSION({ MajorVersion: 1 }), handle);
  t.equal(handle.value, HANDLE);
  t.throws(() => qos.QOSCreateHandle.orThrow(new qos.QOS_VERSION(), handle), {
    code: 'ERROR_INVALID_PARAMETER',
    syscall: 'QOSCreateHandle',
  });

  const flow = w.ref(w.ULONG, 5);
  const { QOSTrafficTypeVoice: voice, QOS_NON_ADAPTIVE_FLOW: flags } = qos;
  qos.QOSAddSocketToFlow.orThrow(HANDLE, SOCKET, to, voice, flags, flow);
  t.equal(flow.value, 77);
  qos.QOSRemoveSocketFromFlow.orThrow(HANDLE, SOCKET, flow.value, 0);

  const rate = new qos.QOS_FLOWRATE_OUTGOING({
    Bandwidth: 0x1_0000_0001n,
    ShapingBehavior: qos.QOSShapeAndMark,
    Reason: qos.QOSFlowRateUserCaused,
  });
  const { QOSSetOutgoingRate: setRate, QOSNotifyAvailable: whenAvailable } = qos;
  qos.QOSSetFlow.orThrow(HANDLE, 77, setRate, rate.byteLength, rate, 0, null);
  const overlapped = new w.OVERLAPPED({ Offset: 9 });
  const started = qos.QOSSetFlow.orThrow(HANDLE, 77, setRate, rate.byteLength, rate, 0, overlapped);
  t.equal(started, 0, 'ERROR_IO_PENDING is no failure');
  t.throws(() => qos.QOSSetFlow(HANDLE, 77, setRate, 17, rate, 0, null), RangeError);

  const facts = new qos.QOS_FLOW_FUNDAMENTALS();
  const size = w.ref(w.ULONG, facts.byteLength);
  const { QOSQueryFlowFundamentals: fundamentals } = qos;
  qos.QOSQueryFlow.orThrow(HANDLE, 77, fundamentals, size, facts, 0, null);
  t.equal(facts.BottleneckBandwidth, 0x123456789an);
  t.equal(facts.AvailableBandwidthSet, 0);
  t.equal(facts.RTT, 42);

  const wanted = w.ref(w.uint64, 123_456n);
  const wantedSize = w.ref(w.ULONG, 8);
  qos.QOSNotifyFlow.orThrow(HANDLE, 77, whenAvailable, wantedSize, wanted, 0, overlapped);
  qos.QOSCancel.orThrow(HANDLE, overlapped);
  qos.QOSCloseHandle.orThrow(HANDLE);

  t.same(takeRecord().split('\n'), [
    'QOSCreateHandle 1 0',
    'QOSCreateHandle 0 0',
    `QOSAddSocketToFlow ${SHOWN} 321 5004 ${voice} ${flags.toString(16)} 5`,
    `QOSRemoveSocketFromFlow ${SHOWN} 321 77 0`,
    `QOSSetFlow ${SHOWN} 77 ${setRate} 16 4294967297 ${qos.QOSShapeAndMark} 4 0 0`,
    `QOSSetFlow ${SHOWN} 77 ${setRate} 16 4294967297 ${qos.QOSShapeAndMark} 4 0 1`,
    `QOSQueryFlow ${SHOWN} 77 ${fundamentals} ${facts.byteLength} 0 0`,
    `QOSNotifyFlow ${SHOWN} 77 ${whenAvailable} 8 123456 0 1`,
    `QOSCancel ${SHOWN} 9`,
    `QOSCloseHandle ${SHOWN}`,
  ]);
});

t.test('tracking of clients is started and stopped for an address', needsDlls, async (t) => {
  takeRecord();
  qos.QOSStartTrackingClient.orThrow(HANDLE, to, 0);
  qos.QOSStopTrackingClient.orThrow(HANDLE, to, 0);
  t.same(takeRecord().split('\n'), [
    `QOSStartTrackingClient ${SHOWN} 5004 0`,
    `QOSStopTrackingClient ${SHOWN} 5004 0`,
  ]);
});

t.test('more flows than were thought', needsDlls, async (t) => {
  takeRecord();
  const flows = qos.qosFlows(HANDLE);
  t.equal(flows.length, 100);
  t.equal(flows[0], 1000);
  t.equal(flows.at(-1), 1099);
  t.equal(takeRecord(), `QOSEnumerateFlows ${SHOWN}`);
});
