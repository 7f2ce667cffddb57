import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { calledFromC, closedAfter, needsDlls, testDll } from '../support/native.ts';
import { ANSWERED, ARRIVED, fail, NO_SOCKET, Recorder } from './transport-recorder.ts';

const dll = testDll('transport-host');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const start = w.func<(startup: w.Pointer<spi.LPWSPSTARTUP>, version: number) => number>(
  dll,
  'Start',
  w.ReturnsCode,
  () => [w.int, w.p('startup', spi.LPWSPSTARTUP, w.kept), w.p('version', w.WORD)],
);
const useTable = w.func<(table: spi.WSPPROC_TABLE) => void>(dll, 'UseTable', w.NeverFails, () => [
  w.void_,
  w.p('given', w.ptr(spi.WSPPROC_TABLE)),
]);
const drives = (name: string) =>
  w.func<(s: w.SOCKET) => void>(dll, name, w.NeverFails, () => [w.void_, w.p('s', w.SOCKET)]);
const drive = drives('Drive');
const driveOnThread = drives('DriveOnThread');
const cleanup = w.func<(error: w.Ref<number>) => number>(dll, 'Cleanup', w.SocketError, () => [
  w.int,
  w.p('error', w.ptr(w.int), 'out'),
]);

const hostLines = () => takeRecord().split('\n');

const s = 5 as w.SOCKET;

t.test('C drives all 30 functions of a provider in TypeScript', needsDlls, async (t) => {
  const procedures = new Recorder();
  const sessions: spi.TransportSession[] = [];
  const provider = spi.implementTransportProvider({
    description: 'Written in TypeScript',
    procedures,
    onStartup: (session) => sessions.push(session),
  });
  t.equal(start.orThrow(provider.startup, 0x0202), 0);
  t.same(hostLines(), ['started version=0202 highest=0202 Written in TypeScript table=1']);
  t.equal(provider.sessions, 1);
  t.equal(sessions[0]?.version, 0x0202);
  t.equal(sessions[0]?.protocolInfo?.dwCatalogEntryId, 1234);

  drive(s);
  t.same(procedures.lines, ARRIVED, 'what arrived in TypeScript');
  t.same(hostLines(), ANSWERED, 'what C got back');

  const error = w.ref(w.int);
  t.equal(cleanup(error), 0);
  t.equal(provider.sessions, 0);
  calledFromC('transport-host', [...procedures.lines, 'WSPStartup', 'WSPCleanup']);
  t.equal(cleanup(error), -1);
  t.equal(error.value, w.WSANOTINITIALISED);
  provider.close();
});

t.test('from other threads', needsDlls, async (t) => {
  const procedures = new Recorder();
  const provider = closedAfter(t, spi.implementTransportProvider({ procedures }));
  useTable(provider.table);
  takeRecord();
  await drive.async(s);
  t.same(procedures.lines, ARRIVED, "on a thread of the run time's");
  t.same(hostLines(), ANSWERED);
  procedures.lines.length = 0;
  await driveOnThread.async(s);
  t.same(procedures.lines, ARRIVED, "on a thread of the host's own");
  t.same(hostLines(), ANSWERED);
});

t.test('a WinsockError is the failure of the function', needsDlls, async (t) => {
  const provider = closedAfter(t, spi.implementTransportProvider({ procedures: new Recorder() }));
  useTable(provider.table);
  takeRecord();
  drive(NO_SOCKET as w.SOCKET);
  const failed = hostLines();
  const results = failed.map((line) => line.replace(/^(\w+).*? (-?\d+\/\d+).*/, '$1 $2'));
  const code = w.WSAENOTSOCK;
  for (const name of ['WSPAccept', 'WSPBind', 'WSPIoctl', 'WSPJoinLeaf', 'WSPRecv', 'WSPSendTo']) {
    t.ok(results.includes(`${name} -1/${code}`), name);
  }
  t.ok(results.includes(`WSPGetOverlappedResult 0/${code}`), 'FALSE');
  t.ok(results.includes(`WSPGetQOSByName 0/${code}`), 'FALSE');
  t.ok(results.includes(`WSPSocket -1/${w.WSAEAFNOSUPPORT}`), 'INVALID_SOCKET');
});

t.test(
  'another error is WSASYSCALLFAILURE, and is thrown where the call returns',
  needsDlls,
  async (t) => {
    const provider = closedAfter(
      t,
      spi.implementTransportProvider({
        procedures: {
          WSPListen() {
            throw new Error('a mistake in the provider');
          },
        },
      }),
    );
    useTable(provider.table);
    takeRecord();
    t.throws(() => drive(s), { message: 'a mistake in the provider' });
    t.ok(hostLines().includes(`WSPListen -1/${w.WSASYSCALLFAILURE}`));
  },
);

t.test(
  'startup can refuse, by its own code or for the version, and may use the upcalls',
  needsDlls,
  async (t) => {
    const refusing = closedAfter(
      t,
      spi.implementTransportProvider({
        procedures: {},
        onStartup: () => fail(w.WSAEPROVIDERFAILEDINIT),
      }),
    );
    t.equal(start(refusing.startup, 0x0202), w.WSAEPROVIDERFAILEDINIT);
    t.equal(refusing.sessions, 0);
    t.equal(start(refusing.startup, 0x0001), w.WSAVERNOTSUPPORTED);
    t.throws(
      () => spi.implementTransportProvider({ procedures: {}, description: 'x'.repeat(256) }),
      {
        name: 'RangeError',
      },
    );

    const calling = closedAfter(
      t,
      spi.implementTransportProvider({
        procedures: {},
        onStartup({ upcalls }) {
          const errno = w.ref(w.int);
          upcalls.WPUSetEvent.orThrow(3 as w.HANDLE, errno);
          t.throws(() => upcalls.WPUCreateSocketHandle.orThrow(44, 55, errno), {
            code: 'WSAENOBUFS',
            syscall: 'WPUCreateSocketHandle',
          });
          t.throws(() => upcalls.WPUCreateEvent, /WSPUPCALLTABLE has no such function/);
        },
      }),
    );
    takeRecord();
    t.equal(start.orThrow(calling.startup, 0x0002), 0);
    t.same(hostLines(), [
      'upcall WSPSetEvent 3',
      'upcall WPUCreateSocketHandle 44 55',
      'started version=0002 highest=0202  table=1',
    ]);
    cleanup(w.ref(w.int));
  },
);

t.test('a provider in use cannot be closed', needsDlls, async (t) => {
  let closing: unknown;
  const provider = spi.implementTransportProvider({
    description: 'Busy',
    procedures: {
      WSPListen() {
        try {
          provider.close();
        } catch (error) {
          closing = error;
        }
        return 0;
      },
    },
  });
  start.orThrow(provider.startup, 0x0202);
  const inUse = {
    code: 'ERR_WINSOCK_IN_USE',
    message: /^Busy cannot be closed: it has been started/,
  };
  t.throws(() => provider.close(), inUse);
  cleanup(w.ref(w.int));
  drive(s);
  t.match(closing, { code: 'ERR_WINSOCK_IN_USE', message: /one of its functions is running/ });
  provider.close();
  provider.close();
  t.equal(provider.table.lpWSPSocket, 0, 'the table is empty');
});

t.test('a layered provider leaves to the one below what it does not do', needsDlls, async (t) => {
  const below = testDll('transport');
  const lower = spi.openTransportProvider({ dll: below });
  const take = w.func<() => string>(below, 'TakeRecord', w.NeverFails, () => [w.cstring]);
  const listened: number[] = [];
  const layered = spi.implementTransportProvider({
    base: lower.table,
    procedures: {
      WSPListen(s, backlog, lpErrno) {
        listened.push(backlog);
        return lower.functions.WSPListen(s, backlog + 1, lpErrno);
      },
    },
  });
  start.orThrow(layered.startup, 0x0202);
  take();
  drive(s);
  const arrived = take().split('\n');
  t.same(listened, [20]);
  t.ok(arrived.includes('WSPListen s=5 backlog=21'));
  t.ok(arrived.includes('WSPShutdown s=5 how=2'), 'straight to the provider below');
  t.equal(layered.table.lpWSPShutdown, lower.table.lpWSPShutdown);
  t.equal(cleanup(w.ref(w.int)), 0);
  t.equal(take(), 'WSPCleanup', 'the one below is cleaned up as well');
  layered.close();
});
