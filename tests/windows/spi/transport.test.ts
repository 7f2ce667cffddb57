import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { calledFromC, closedAfter, isWine, needsDlls, testDll } from '../support/native.ts';
import { buffers, bytes, cases, NAME, NO_SOCKET, s, variables } from './transport-calls.ts';

const dll = testDll('transport');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);

const entry = () => new w.WSAPROTOCOL_INFOW({ dwCatalogEntryId: 1234 });

t.test('a provider in a DLL is started with its version, entry and upcalls', needsDlls, (t) => {
  takeRecord();
  const provider = spi.openTransportProvider({ dll, protocolInfo: entry() });
  t.equal(takeRecord(), 'WSPStartup version=0202 entry=1234');
  t.equal(provider.data.wVersion, 0x0202);
  t.equal(`${provider.data.szDescription}`, 'A provider of the tests');
  t.not(provider.table.lpWSPSocket, 0);
  provider.close();
  provider.close();
  t.equal(takeRecord(), 'WSPCleanup', 'once');
  t.throws(() => provider.functions.WSPCleanup.orThrow(w.ref(w.int)), {
    code: 'WSANOTINITIALISED',
    syscall: 'WSPCleanup',
  });
  t.throws(() => spi.openTransportProvider({ dll, version: 0x0101 }), {
    code: 'WSAVERNOTSUPPORTED',
    syscall: 'WSPStartup',
  });
  t.end();
});

t.test('TypeScript drives all 30 functions of a provider in C', needsDlls, (t) => {
  const provider = closedAfter(t, spi.openTransportProvider({ dll, protocolInfo: entry() }));
  const { functions } = provider;
  const names = Object.keys(functions).sort();
  t.equal(names.length, 30);
  t.same([...cases.map(({ name }) => name), 'WSPCleanup'].sort(), names, 'none is left out');
  takeRecord();
  for (const { name, call, line, result, written, expected, code } of cases) {
    const v = variables();
    t.same(call(functions, v, s), result, `${name}: the result`);
    t.equal(takeRecord(), line, `${name}: what arrived`);
    if (written) t.same(written(v), expected, `${name}: what was written`);
    if (!code) continue;
    t.throws(() => call(functions, variables(), NO_SOCKET), { code, syscall: name });
    takeRecord();
  }
  t.end();
});

t.test('pending is no failure', needsDlls, async (t) => {
  const provider = closedAfter(t, spi.openTransportProvider({ dll }));
  const { WSPRecv, WSPSend, WSPIoctl, WSPGetOverlappedResult } = provider.functions;
  const v = variables();
  const data = buffers(v.first);
  const { overlapped, count, flags, errno } = v;
  t.equal(WSPRecv.orThrow(s, data, 1, count, flags, overlapped, null, null, errno), -1);
  t.equal(errno.value, w.WSA_IO_PENDING);
  t.equal(WSPSend.orThrow(s, data, 1, count, 0, overlapped, null, null, errno), -1);
  t.equal(WSPIoctl.orThrow(s, 1, null, 0, null, 0, count, overlapped, null, null, errno), -1);
  t.equal(WSPGetOverlappedResult.orThrow(s, overlapped, count, 0, flags, errno), 0);
  t.equal(errno.value, w.WSA_IO_INCOMPLETE);
});

t.test(
  'functions of a provider run on other threads, and callbacks of theirs on ours',
  needsDlls,
  async (t) => {
    const provider = closedAfter(t, spi.openTransportProvider({ dll }));
    const { WSPAccept, WSPBind } = provider.functions;
    const v = variables();
    takeRecord();
    const condition: w.LPCONDITIONPROC = (
      caller,
      _data,
      _sqos,
      _gqos,
      _id,
      _callee,
      _g,
      context,
    ) => {
      t.equal(caller?.len, 4);
      t.equal(context, 9);
      return w.CF_ACCEPT;
    };
    t.equal(await WSPAccept.async(s, v.name, v.length, condition, 9, v.errno), 1001);
    t.equal(takeRecord(), 'WSPAccept s=5 length=28 context=9 condition=0');
    const failing = WSPBind.async(NO_SOCKET, NAME, 16, v.errno);
    await t.rejects(failing, { code: 'WSAENOTSOCK', syscall: 'WSPBind' });
  },
);

t.test('arguments are refused before the call', needsDlls, async (t) => {
  const provider = closedAfter(t, spi.openTransportProvider({ dll }));
  const { WSPBind, WSPSend, WSPSocket } = provider.functions;
  const v = variables();
  takeRecord();
  t.throws(() => WSPBind(s, NAME, 17, v.errno), RangeError);
  const one = buffers(bytes('x'));
  t.throws(() => WSPSend(s, one, 2, v.count, 0, null, null, null, v.errno), RangeError);
  t.throws(() => WSPSocket(1.5, 1, 6, null, 0, 0, v.errno), TypeError);
  t.equal(takeRecord(), '', 'nothing arrived');
});

t.test('the upcalls that a provider is given answer it', needsDlls, async (t) => {
  const call = w.func<(window: w.HWND) => void>(dll, 'CallUpcalls', w.NeverFails, () => [
    w.void_,
    w.p('window', w.HWND),
  ]);
  w.WSAStartup.orThrow(0x0202, new w.WSADATA());
  closedAfter(t, spi.openTransportProvider({ dll }));
  takeRecord();
  // HWND_BROADCAST would be everybody; 0 is this thread's own queue.
  call(0 as w.HWND);
  const answers = takeRecord().split('\n');
  calledFromC(
    'transport',
    answers.filter((line) => line.startsWith('WPU')),
  );
  t.same(answers, [
    'WPUCreateEvent given',
    'WPUSetEvent 1 wait=0',
    'WPUResetEvent 1 wait=258',
    'WPUCloseEvent 1',
    `WPUCloseEvent again 0 error=${w.WSA_INVALID_HANDLE}`,
    'WPUCreateSocketHandle 1',
    'WPUQuerySocketHandleContext 0 context=4711',
    'WPUCloseSocketHandle 0',
    `WPUCloseSocketHandle again -1 error=${w.WSAENOTSOCK}`,
    'WPUModifyIFSHandle 88',
    'WPUFDIsSet 1 0',
    'WPUQueryBlockingCallback 0 NULL context=0',
    'WPUOpenCurrentThread 0',
    'WPUQueueApc 0',
    'apc context=99',
    'WPUCloseThread 0',
    'WPUPostMessage 1',
    // Wine's WSCGetProviderPath is a stub that succeeds.
    `WPUGetProviderPath ${isWine() ? 0 : -1}`,
  ]);
  w.WSACleanup();
});
