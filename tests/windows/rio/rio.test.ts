import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';
import { ioctlOf, isWine, needsDlls, testDll } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const dll = testDll('rio');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const peek = w.func<(id: w.RIO_BUFFERID, offset: number) => number>(
  dll,
  'PeekBuffer',
  w.NeverFails,
  () => [w.int, w.p('id', w.RIO_BUFFERID), w.p('offset', w.ULONG)],
);
/** Answers for sockets of a provider that has Registered I/O, with the parameters of WSAIoctl. */
const ioctl = ioctlOf('rio', 'RioIoctl');

const SOCKET = 321 as w.SOCKET;
const lines = () => takeRecord().split('\n');
const context = (value: number) => value as w.Pointer;

/** A connection of the test's provider: what is sent on it arrives on it. */
function open() {
  const rio = w.rioFunctions(w.rioTable(SOCKET, ioctl));
  const cq = rio.RIOCreateCompletionQueue.orThrow(8, null);
  const rq = rio.RIOCreateRequestQueue.orThrow(SOCKET, 4, 1, 5, 1, cq, cq, context(0xabc));
  return { rio, cq, rq };
}

t.test('the table is fetched as the system gives it', needsDlls, async (t) => {
  takeRecord();
  const table = w.rioTable(SOCKET, ioctl);
  t.equal(table.cbSize, w.sizeof(w.RIO_EXTENSION_FUNCTION_TABLE), "the compiler's size");
  t.same(lines(), [`RioIoctl socket=321 in=16 out=${table.cbSize}`]);
  t.equal(Object.keys(w.rioFunctions(table)).length, 13);
});

t.test('data goes from registered memory to registered memory', needsDlls, async (t) => {
  const { rio, cq, rq } = open();
  const memory = new Uint8Array(64);
  memory.set(Buffer.from('registered'), 8);
  takeRecord();
  const BufferId = rio.RIORegisterBuffer.orThrow(memory, memory.length);
  const to = new w.RIO_BUF({ BufferId, Offset: 32, Length: 16 });
  const from = new w.RIO_BUF({ BufferId, Offset: 8, Length: 10 });
  t.ok(rio.RIOReceive.orThrow(rq, to, 1, w.RIO_MSG_WAITALL, context(0x11)));
  t.ok(rio.RIOSend.orThrow(rq, from, 1, w.RIO_MSG_DEFER, context(0x22)));
  t.equal(Buffer.from(memory).toString('latin1', 32, 42), 'registered');

  const results = w.arrayOf(w.RIORESULT, 4);
  t.equal(rio.RIODequeueCompletion.orThrow(cq, results, 4), 2);
  const seen = [...results].slice(0, 2).map((one) => ({
    Status: one.Status,
    BytesTransferred: one.BytesTransferred,
    SocketContext: one.SocketContext,
    RequestContext: one.RequestContext,
  }));
  const common = { Status: 0, BytesTransferred: 10, SocketContext: 0xabcn };
  t.same(seen, [
    { ...common, RequestContext: 0x22n },
    { ...common, RequestContext: 0x11n },
  ]);
  rio.RIODeregisterBuffer(BufferId);
  rio.RIOCloseCompletionQueue(cq);
  const hex = (value: number) => value.toString(16).padStart(16, '0');
  t.same(lines(), [
    'RIORegisterBuffer length=64 first=00',
    `RIOReceive offset=32 length=16 count=1 flags=4 context=${hex(0x11)}`,
    `RIOSend offset=8 length=10 count=1 flags=2 context=${hex(0x22)}`,
    'RIODequeueCompletion size=4 taken=2',
    `RIODeregisterBuffer ${BufferId}`,
    'RIOCloseCompletionQueue count=0',
  ]);
});

t.test('messages carry addresses and flags', needsDlls, async (t) => {
  const { rio, cq, rq } = open();
  const memory = new Uint8Array(512);
  const BufferId = rio.RIORegisterBuffer.orThrow(memory, memory.length);
  const piece = (Offset: number, Length: number) => new w.RIO_BUF({ BufferId, Offset, Length });
  const size = w.sizeof(w.SOCKADDR_INET);
  memory.set(Buffer.from('datagram'), 0);
  memory.set(new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(53) }), 64);
  takeRecord();
  const parts = [piece(160, size), piece(200, size), piece(240, 32), piece(280, 4)] as const;
  t.ok(rio.RIOReceiveEx.orThrow(rq, piece(128, 32), 1, ...parts, 0, context(1)));
  const target = piece(64, size);
  t.ok(rio.RIOSendEx.orThrow(rq, piece(0, 8), 1, null, target, null, null, 1, context(2)));
  t.match(lines(), [
    /^RIOReceiveEx offset=128 length=32 count=1 local=160 remote=200 control=240 out=280 flags=0 context=0+1$/,
    /^RIOSendEx offset=0 length=8 count=1 local=NULL remote=64 control=NULL in=NULL flags=1 context=0+2$/,
  ]);
  t.equal(Buffer.from(memory).toString('latin1', 128, 136), 'datagram');
  t.equal(w.cast(w.sockaddr_in, memory, 200).sin_port, w.htons(53));
  t.equal(w.cast(w.DWORD, memory, 280).value, w.MSG_PARTIAL);
  rio.RIODeregisterBuffer(BufferId);
  rio.RIOCloseCompletionQueue(cq);
});

t.test('a queue tells by its event or by a completion port', needsDlls, async (t) => {
  const { rio } = open();
  const EventHandle = w.WSACreateEvent.orThrow();
  const byEvent = rio.RIOCreateCompletionQueue.orThrow(
    4,
    new w.RIO_NOTIFICATION_COMPLETION({
      Type: w.RIO_EVENT_COMPLETION,
      Event: { EventHandle, NotifyReset: 1 },
    }),
  );
  const IocpHandle = k.CreateIoCompletionPort.orThrow(-1 as w.HANDLE, 0 as w.HANDLE, 0, 0);
  const overlapped = new w.OVERLAPPED();
  const byPort = rio.RIOCreateCompletionQueue.orThrow(
    4,
    new w.RIO_NOTIFICATION_COMPLETION({
      Type: w.RIO_IOCP_COMPLETION,
      Iocp: { IocpHandle, CompletionKey: context(77), Overlapped: w.addressOf(overlapped) },
    }),
  );
  t.match(lines().slice(-2), [
    'RIOCreateCompletionQueue size=4 event reset=1',
    'RIOCreateCompletionQueue size=4 port key=000000000000004d',
  ]);
  const rq = rio.RIOCreateRequestQueue.orThrow(SOCKET, 1, 1, 1, 1, byEvent, byPort, context(0));
  const memory = new Uint8Array(8);
  const BufferId = rio.RIORegisterBuffer.orThrow(memory, 8);
  t.equal(rio.RIONotify(byEvent), 0);
  t.throws(() => rio.RIONotify.orThrow(byEvent), { code: 'WSAEALREADY', syscall: 'RIONotify' });
  t.equal(rio.RIONotify.orThrow(byPort), 0);
  t.equal(k.WaitForSingleObject(EventHandle, 0), w.WSA_WAIT_TIMEOUT);
  rio.RIOReceive.orThrow(rq, new w.RIO_BUF({ BufferId, Length: 4 }), 1, 0, context(0));
  rio.RIOSend.orThrow(rq, new w.RIO_BUF({ BufferId, Offset: 4, Length: 4 }), 1, 0, context(0));
  t.equal(k.WaitForSingleObject(EventHandle, 0), w.WSA_WAIT_EVENT_0, 'the event is set');
  const [bytes, key, packet] = [w.ref(w.DWORD), w.ref(w.uintptr), w.ref(w.pvoid)];
  k.GetQueuedCompletionStatus.orThrow(IocpHandle, bytes, key, packet, 0);
  t.equal(key.value, 77);
  t.equal(packet.value, w.addressOf(overlapped));

  t.ok(rio.RIOResizeCompletionQueue.orThrow(byEvent, 16));
  t.throws(() => rio.RIOResizeCompletionQueue.orThrow(byEvent, 0), { code: 'WSAEINVAL' });
  t.ok(rio.RIOResizeRequestQueue.orThrow(rq, 2, 3));
  t.match(takeRecord(), /RIOResizeRequestQueue 1\/1 to 2\/3$/);
  rio.RIODeregisterBuffer(BufferId);
  rio.RIOCloseCompletionQueue(byEvent);
  rio.RIOCloseCompletionQueue(byPort);
  k.CloseHandle(IocpHandle);
  w.WSACloseEvent(EventHandle);
});

/** Whether something is collected, given some turns of the event loop. */
async function collected(what: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    gc();
    if (!what.deref()) return true;
  }
  return false;
}

t.test('registered memory lives until it is deregistered', needsDlls, async (t) => {
  const register = (rio: w.RIOFunctions) => {
    const memory = new Uint8Array(1 << 20).fill(0x5a);
    return {
      id: rio.RIORegisterBuffer.orThrow(memory, memory.length),
      memory: new WeakRef(memory),
    };
  };
  const { id, memory } = register(open().rio);
  t.notOk(await collected(memory), 'nothing refers to it but the registration');
  t.equal(peek(id, 1 << 19), 0x5a);
  // Any table of the same provider could do it; the test has let go of the one that registered.
  const { rio } = open();
  const second = register(rio);
  rio.RIODeregisterBuffer(second.id);
  t.ok(await collected(second.memory), 'deregistered');
});

t.test('failures have their codes, and sizes that do not fit are refused', needsDlls, async (t) => {
  const { rio, rq } = open();
  const none = new w.RIO_BUF({ BufferId: 15 as w.RIO_BUFFERID, Length: 1 });
  t.equal(rio.RIOSend(rq, none, 1, 0, context(0)), 0);
  t.equal(w.WSAGetLastError(), w.WSAEINVAL);
  t.throws(() => rio.RIOSend.orThrow(rq, none, 1, 0, context(0)), {
    code: 'WSAEINVAL',
    syscall: 'RIOSend',
  });
  t.equal(rio.RIORegisterBuffer(null, 0), w.RIO_INVALID_BUFFERID);
  t.throws(() => rio.RIORegisterBuffer.orThrow(null, 0), { code: 'WSAEFAULT' });
  t.throws(() => rio.RIORegisterBuffer(new Uint8Array(4), 5), RangeError);
  t.throws(() => rio.RIOCreateCompletionQueue.orThrow(0, null), { code: 'WSAEINVAL' });
  const invalid = w.INVALID_SOCKET;
  const queues = [0 as w.RIO_CQ, 0 as w.RIO_CQ] as const;
  t.throws(() => rio.RIOCreateRequestQueue.orThrow(invalid, 1, 1, 1, 1, ...queues, context(0)), {
    code: 'WSAENOTSOCK',
  });
  t.equal(rio.RIODequeueCompletion(0 as w.RIO_CQ, w.arrayOf(w.RIORESULT, 1), 1), w.RIO_CORRUPT_CQ);
  t.throws(() => rio.RIODequeueCompletion(0 as w.RIO_CQ, w.arrayOf(w.RIORESULT, 1), 2), RangeError);
  await t.rejects(rio.RIOSend.async(rq, none, 1, 0, context(0)), { code: 'WSAEINVAL' });
});

t.test('a shorter table has fewer functions', needsDlls, async (t) => {
  const table = w.rioTable(SOCKET, ioctl);
  table.cbSize = w.offsetof(w.RIO_EXTENSION_FUNCTION_TABLE, 'RIOResizeCompletionQueue');
  const rio = w.rioFunctions(table);
  t.equal(typeof rio.RIORegisterBuffer, 'function');
  t.throws(() => rio.RIOResizeRequestQueue, /RIOResizeRequestQueue: this .* has no such function/);
});

t.test('the functions under their own names', async (t) => {
  t.equal(w.RIONotify.definition.name, 'RIONotify');
  t.equal(w.RIOReceiveEx.definition.signature().length, 10);
  const registered = w.RIORegisterBuffer(new Uint8Array(8), 8);
  if (registered !== w.RIO_INVALID_BUFFERID) {
    w.RIODeregisterBuffer(registered);
    t.pass('this system has Registered I/O');
    return;
  }
  t.ok(isWine(), 'Windows 8 and later have it');
  const code = w.WSAGetLastError();
  t.ok([w.WSAEOPNOTSUPP, w.WSAEINVAL].includes(code), `${code}`);
  t.equal(w.RIOReceive(0 as w.RIO_RQ, null, 0, 0, context(0)), 0);
  t.equal(w.RIONotify(0 as w.RIO_CQ), code);
  t.equal(w.RIODeregisterBuffer(0 as w.RIO_BUFFERID), undefined);
  t.throws(() => w.RIOSend.orThrow(0 as w.RIO_RQ, null, 0, 0, context(0)), {
    errno: code,
    syscall: 'WSAIoctl(WSAID_MULTIPLE_RIO)',
    message: /the provider ".+" \{.+\} .* has no Registered I\/O$/,
  });
});
