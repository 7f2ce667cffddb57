import t from 'tap';
import * as w from 'winsock';
import * as qos from 'winsock/qos';
import { isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

const skip = isWine() && 'Wine has stubs only; their calls are proved with DLLs of the tests';

t.test('a flow of the system', { skip }, async (t) => {
  const handle = w.ref(w.HANDLE);
  try {
    qos.QOSCreateHandle.orThrow(new qos.QOS_VERSION({ MajorVersion: 1 }), handle);
  } catch (error) {
    // A feature of its own on servers, and a service that may not run.
    const { code } = error as { code: string };
    t.match(code, /^(ERR_WINSOCK_NO_DLL|ERROR_\w+)$/);
    t.pass('asked of the system', { skip: `no qWAVE here: ${code}` });
    return;
  }
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, w.IPPROTO_UDP);
  const address = new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_port: w.htons(5004),
    sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
  });
  const flow = w.ref(w.ULONG, 0);
  const { QOSTrafficTypeVoice: voice, QOS_NON_ADAPTIVE_FLOW: flags } = qos;
  const to = w.cast(w.sockaddr, address);
  if (qos.QOSAddSocketToFlow(handle.value, s, to, voice, flags, flow) === 0) {
    const code = w.errorName(w.WSAGetLastError());
    t.pass('asked of the system', { skip: `no flow to this computer itself: ${code}` });
    w.closesocket(s);
    qos.QOSCloseHandle.orThrow(handle.value);
    return;
  }
  t.ok(qos.qosFlows(handle.value).includes(flow.value));
  qos.QOSRemoveSocketFromFlow.orThrow(handle.value, 0, flow.value, 0);
  w.closesocket(s);
  qos.QOSCloseHandle.orThrow(handle.value);
});

t.test('a client of traffic control', { skip }, async (t) => {
  using onNotify = qos.TCI_NOTIFY_HANDLER.register(() => undefined);
  const list = new qos.TCI_CLIENT_FUNC_LIST({ ClNotifyHandler: onNotify.address });
  const client = w.ref(w.HANDLE);
  const code = qos.TcRegisterClient(qos.CURRENT_TCI_VERSION, 0, list, client);
  if (code !== 0) {
    t.pass('asked of the system', { skip: `not for this user: ${w.errorName(code)}` });
    return;
  }
  t.ok(qos.trafficInterfaces(client.value).every(({ Length }) => Length > 0));
  qos.TcDeregisterClient.orThrow(client.value);
});
