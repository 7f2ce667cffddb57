import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as w from '../../../../index.ts';
import * as k from '../../../../kernel.ts';
import { inferred, type Source, skip, stated, type Topic, wineTest } from '../../fact.ts';
import {
  lastError,
  nonBlocking,
  receive,
  type Session,
  send,
  setOptionOf,
  verdict,
} from '../../session.ts';

const PATHS = wineTest('ws2_32/tests/sock.c:14672');
/** What a newer Wine answers; its tests of this are not run on Windows, or assert less. */
const NEWER_WINE: Source = inferred('what Wine 11.10 answers');

function unixSocket(on: Session): w.SOCKET {
  const s = w.socket(w.AF_UNIX, w.SOCK_STREAM, 0);
  if (s === w.INVALID_SOCKET) skip(`the system has no AF_UNIX: ${lastError()}`);
  return on.keep(s);
}

function temporaryPath(on: Session): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'winsock-check-'));
  const file = path.join(folder, 's');
  on.after(() => {
    k.DeleteFileW(file);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  return file;
}

function named(file: string): w.sockaddr_un {
  const name = new w.sockaddr_un({ sun_family: w.AF_UNIX });
  name.set(Buffer.from(file), 2);
  return name;
}

const bindTo = (s: w.SOCKET, name: w.sockaddr_un): number => w.bind(s, name, w.sizeof(name));
const connectTo = (s: w.SOCKET, name: w.sockaddr_un): number => w.connect(s, name, w.sizeof(name));

/** A listener at a path, and both ends of a connection. */
function connection(on: Session): {
  file: string;
  listener: w.SOCKET;
  client: w.SOCKET;
  server: w.SOCKET;
} {
  const [listener, client] = [unixSocket(on), unixSocket(on)];
  const file = temporaryPath(on);
  if (bindTo(listener, named(file)) !== 0) throw new Error(`bind: ${lastError()}`);
  w.listen.orThrow(listener, 1);
  if (connectTo(client, named(file)) !== 0) throw new Error(`connect: ${lastError()}`);
  return { file, listener, client, server: on.keep(w.accept.orThrow(listener, null, null)) };
}

/** Family, length and path of a name. */
function described(
  call: (name: w.sockaddr_un, bytes: w.Ref<number>) => number,
  file: string,
): string {
  const name = new w.sockaddr_un();
  const bytes = w.ref(w.int, w.sizeof(name));
  if (call(name, bytes) !== 0) return lastError();
  const text = Buffer.from(name).toString('utf8', 2).replace(/\0.*$/s, '');
  const whole =
    bytes.value === w.sizeof(name)
      ? 'all'
      : bytes.value === 3 + text.length
        ? 'the path'
        : String(bytes.value);
  const which = text === '' ? 'unnamed' : text === file ? 'named' : 'another name';
  return `${name.sun_family === w.AF_UNIX ? 'AF_UNIX' : name.sun_family}, ${which}, ${whole}`;
}

export const unix: Topic = {
  name: 'unix',
  title: 'AF_UNIX',
  facts: [
    {
      id: 'exists',
      api: 'socket',
      says: 'Windows has streams of AF_UNIX, from Windows 10 1803 on.',
      source: {
        kind: 'documented',
        url: 'https://devblogs.microsoft.com/commandline/af_unix-comes-to-windows',
      },
      windows: [
        { build: 0, answer: 'WSAEAFNOSUPPORT' },
        { build: 17134, answer: 'a socket' },
      ],
      wine: 'WSAEAFNOSUPPORT',
      reliedOn: ['create-socket.ts WSASocketW'],
      ask(on) {
        const s = w.socket(w.AF_UNIX, w.SOCK_STREAM, 0);
        if (s === w.INVALID_SOCKET) return lastError();
        on.keep(s);
        return 'a socket';
      },
    },
    {
      id: 'no-datagrams',
      api: 'socket',
      says: 'Datagrams of AF_UNIX fail with WSAEAFNOSUPPORT.',
      source: NEWER_WINE,
      windows: 'WSAEAFNOSUPPORT',
      reliedOn: ['create-socket.ts WSASocketW'],
      ask(on) {
        const s = w.socket(w.AF_UNIX, w.SOCK_DGRAM, 0);
        if (s === w.INVALID_SOCKET) return lastError();
        on.keep(s);
        return 'a socket';
      },
    },
    {
      id: 'echo',
      api: 'accept',
      says: 'Data goes from one end to the other.',
      source: wineTest('ws2_32/tests/sock.c:14879'),
      windows: 'hello',
      reliedOn: ['listening.ts path'],
      ask(on) {
        const { client, server } = connection(on);
        send(client, 'hello');
        return receive(server);
      },
    },
    {
      id: 'name-of-listener',
      api: 'getsockname',
      says: 'The name of a bound socket has the length of its path.',
      source: PATHS,
      windows: 'AF_UNIX, named, the path',
      reliedOn: ['address.ts AF_UNIX'],
      ask(on) {
        const { listener, file } = connection(on);
        return described((name, bytes) => w.getsockname(listener, name, bytes), file);
      },
    },
    {
      id: 'name-of-client',
      api: 'getsockname',
      says: 'The name of a client is empty, of the family, and of full length.',
      source: PATHS,
      windows: 'AF_UNIX, unnamed, all',
      reliedOn: ['address.ts AF_UNIX'],
      ask(on) {
        const { client, file } = connection(on);
        return described((name, bytes) => w.getsockname(client, name, bytes), file);
      },
    },
    {
      id: 'peer-of-client',
      api: 'getpeername',
      says: 'The peer of a client is the listener’s path, of full length.',
      source: PATHS,
      windows: 'AF_UNIX, named, all',
      reliedOn: ['socket-base.ts remoteAddress'],
      ask(on) {
        const { client, file } = connection(on);
        return described((name, bytes) => w.getpeername(client, name, bytes), file);
      },
    },
    {
      id: 'peer-of-server',
      api: 'getpeername',
      says: 'The peer of an accepted socket is unnamed.',
      source: PATHS,
      windows: 'AF_UNIX, unnamed, all',
      reliedOn: ['acceptor.ts accept'],
      ask(on) {
        const { server, file } = connection(on);
        return described((name, bytes) => w.getpeername(server, name, bytes), file);
      },
    },
    {
      id: 'file-exists',
      api: 'bind',
      says: 'bind to a path that exists fails with WSAEADDRINUSE.',
      source: stated('.NET', 'System.Net.Sockets/tests/FunctionalTests/UnixDomainSocketTest.cs'),
      windows: 'WSAEADDRINUSE',
      reliedOn: ['listening.ts path'],
      ask(on) {
        const s = unixSocket(on);
        const file = temporaryPath(on);
        writeFileSync(file, '');
        return verdict(bindTo(s, named(file)));
      },
    },
    {
      id: 'file-stays',
      api: 'closesocket',
      says: 'The file stays when its socket is closed.',
      source: PATHS,
      windows: 'WSAEADDRINUSE',
      reliedOn: ['server.ts deleteFile'],
      ask(on) {
        const s = unixSocket(on);
        const file = temporaryPath(on);
        bindTo(s, named(file));
        on.close(s);
        return verdict(bindTo(unixSocket(on), named(file)));
      },
    },
    {
      id: 'file-is-deleted',
      api: 'DeleteFileW',
      says: 'DeleteFileW removes the file, and then the path is free.',
      source: PATHS,
      windows: 'succeeds',
      reliedOn: ['server.ts deleteFile'],
      ask(on) {
        const s = unixSocket(on);
        const file = temporaryPath(on);
        bindTo(s, named(file));
        on.close(s);
        k.DeleteFileW.orThrow(file);
        return verdict(bindTo(unixSocket(on), named(file)));
      },
    },
    {
      id: 'deleted-while-listening',
      api: 'DeleteFileW',
      says: 'The file of a listener can be deleted.',
      source: inferred('a listener holds no handle that denies it'),
      windows: 'deleted',
      reliedOn: ['server.ts deleteFile'],
      ask(on) {
        const { file } = connection(on);
        return k.DeleteFileW(file) === 0 ? lastError() : 'deleted';
      },
    },
    {
      id: 'file-of-socket-is-not-read',
      api: 'CreateFileW',
      says: 'The file is a reparse point: programs can neither read it nor follow it.',
      source: wineTest('ws2_32/tests/sock.c:14779'),
      windows: 'not read',
      reliedOn: ['tour.ts path'],
      ask(on) {
        const { file } = connection(on);
        try {
          readFileSync(file);
          return 'read';
        } catch {
          return 'not read';
        }
      },
    },
    {
      id: 'existsSync',
      api: 'GetFileAttributesW',
      says: 'fs.existsSync of Node misses the file, and so does fs.statSync.',
      source: inferred(
        'the reparse point cannot be followed; libuv falls back for a few tags only',
      ),
      windows: 'misses it',
      reliedOn: ['completion-port.md path'],
      ask(on) {
        const { file } = connection(on);
        if (existsSync(file)) return 'finds it';
        try {
          statSync(file);
          return 'stats it';
        } catch {
          return 'misses it';
        }
      },
    },
    {
      id: 'connect-missing-file',
      api: 'connect',
      says: 'connect to a path without a file fails with WSAECONNREFUSED or WSAEINVAL.',
      source: NEWER_WINE,
      windows: 'WSAEINVAL',
      reliedOn: ['connect.ts path'],
      ask: (on) => verdict(connectTo(unixSocket(on), named(temporaryPath(on)))),
    },
    {
      id: 'connect-stale-file',
      api: 'connect',
      says: 'connect to a file that a closed socket has left fails with WSAECONNREFUSED.',
      source: NEWER_WINE,
      windows: 'WSAECONNREFUSED',
      reliedOn: ['connect.ts path'],
      ask(on) {
        const [s, client] = [unixSocket(on), unixSocket(on)];
        const file = temporaryPath(on);
        bindTo(s, named(file));
        on.close(s);
        return verdict(connectTo(client, named(file)));
      },
    },
    {
      id: 'connect-not-listening',
      api: 'connect',
      says: 'connect to a socket that does not listen fails with WSAECONNREFUSED.',
      source: NEWER_WINE,
      windows: 'WSAECONNREFUSED',
      reliedOn: ['connect.ts path'],
      ask(on) {
        const [s, client] = [unixSocket(on), unixSocket(on)];
        const file = temporaryPath(on);
        bindTo(s, named(file));
        return verdict(connectTo(client, named(file)));
      },
    },
    {
      id: 'abstract-name',
      api: 'connect',
      says: 'A name that begins with a zero can be bound, and not be connected to.',
      source: stated('WSL', 'microsoft/WSL#4240'),
      windows: 'succeeds, WSAEINVAL',
      reliedOn: ['address.ts path'],
      ask(on) {
        const [s, client] = [unixSocket(on), unixSocket(on)];
        const name = new w.sockaddr_un({ sun_family: w.AF_UNIX });
        name.set(Buffer.from('\0winsock'), 2);
        const how = verdict(bindTo(s, name));
        w.listen(s, 1);
        return `${how}, ${verdict(connectTo(client, name))}`;
      },
    },
    {
      id: 'empty-name',
      api: 'bind',
      says: 'bind of nothing but the family succeeds, and gives no file.',
      source: wineTest('ws2_32/tests/sock.c:14831'),
      windows: 'succeeds',
      reliedOn: ['overlapped-socket.ts connect'],
      ask: (on) => verdict(w.bind(unixSocket(on), named(''), 2)),
    },
    {
      id: 'no-tcp-options',
      api: 'setsockopt',
      says: 'TCP_NODELAY fails with WSAEOPNOTSUPP.',
      source: NEWER_WINE,
      windows: 'WSAEOPNOTSUPP',
      reliedOn: ['duplex.ts setNoDelay'],
      ask: (on) => setOptionOf(unixSocket(on), w.IPPROTO_TCP, w.TCP_NODELAY, 1),
    },
    {
      id: 'no-keep-alive',
      api: 'WSAIoctl',
      says: 'SIO_KEEPALIVE_VALS fails with WSAEINVAL.',
      source: NEWER_WINE,
      windows: 'WSAEINVAL',
      reliedOn: ['socket-options.ts SIO_KEEPALIVE_VALS'],
      ask(on) {
        const s = unixSocket(on);
        const values = new w.tcp_keepalive({
          onoff: 1,
          keepalivetime: 1000,
          keepaliveinterval: 1000,
        });
        const none = w.ref(w.DWORD);
        return verdict(w.WSAIoctl(s, w.SIO_KEEPALIVE_VALS, values, 12, null, 0, none, null, null));
      },
    },
    {
      id: 'connectex',
      api: 'ConnectEx',
      says: 'ConnectEx works on a socket that was bound to nothing but the family.',
      source: { kind: 'tested', by: 'compio', at: 'compio-net/src/unix.rs:223' },
      windows: 'connects',
      reliedOn: ['overlapped-socket.ts connect'],
      ask(on) {
        const { file, listener } = connection(on);
        const s = nonBlocking(unixSocket(on));
        w.bind.orThrow(s, named(''), 2);
        const operation = new w.OVERLAPPED({ hEvent: on.event() });
        const name = named(file);
        const started = w.ConnectEx(s, name, w.sizeof(name), null, 0, w.ref(w.DWORD), operation);
        if (started === 0 && w.WSAGetLastError() !== w.WSA_IO_PENDING) return lastError();
        k.WaitForSingleObject(operation.hEvent, 2000);
        on.keep(w.accept.orThrow(listener, null, null));
        const done = w.WSAGetOverlappedResult(s, operation, w.ref(w.DWORD), 0, w.ref(w.DWORD));
        return done === 0 ? lastError() : 'connects';
      },
    },
    {
      id: 'utf8-path',
      api: 'bind',
      says: 'A path is text of UTF-8.',
      source: stated('Rust', 'library/std/src/os/windows/net/addr.rs'),
      windows: 'its own name',
      reliedOn: ['address.ts Buffer'],
      ask(on) {
        const s = unixSocket(on);
        const file = `${temporaryPath(on)}-ä`;
        on.after(() => k.DeleteFileW(file));
        if (bindTo(s, named(file)) !== 0) return lastError();
        on.close(s);
        return k.DeleteFileW(file) === 0 ? 'another name' : 'its own name';
      },
    },
    {
      id: 'backlog-hint',
      api: 'listen',
      says: 'SOMAXCONN_HINT is for TCP only.',
      source: {
        kind: 'documented',
        url: 'https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-listen',
      },
      windows: 'succeeds',
      reliedOn: ['socket-calls.ts backlog'],
      ask(on) {
        const s = unixSocket(on);
        w.bind.orThrow(s, named(''), 2);
        return verdict(w.listen(s, w.SOMAXCONN_HINT(511)));
      },
    },
  ],
};
