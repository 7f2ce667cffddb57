/** Sockets of the C functions, for tests of what else they do. It runs on every run time. */

import * as w from 'winsock';

interface Test {
  teardown(fn: () => void): void;
}

/** Starts Winsock until the tests of a file are over. */
export function startWinsock(t: Test): void {
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  t.teardown(() => w.WSACleanup());
}

/** Why tests of AF_UNIX are skipped, asked of the system; false where it has such sockets. */
export function missingUnix(): string | false {
  const s = w.socket(w.AF_UNIX, w.SOCK_STREAM, 0);
  if (s === w.INVALID_SOCKET) {
    return `the system has no AF_UNIX: ${w.errorName(w.WSAGetLastError())}`;
  }
  w.closesocket(s);
  return false;
}

export const NAME_BYTES = w.sizeof(w.sockaddr_in);

/** An address of this computer; its port in the byte order of the host. */
export function loopback(port = 0): w.sockaddr_in {
  return new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_port: w.htons(port),
    sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) },
  });
}

/** The address that a socket has. */
export function nameOf(s: w.SOCKET): w.sockaddr_in {
  const name = new w.sockaddr_in();
  w.getsockname.orThrow(s, name, w.ref(w.int, NAME_BYTES));
  return name;
}

/** A socket for overlapped calls with an address of this computer. */
export function bound(type: number): w.SOCKET {
  const s = w.WSASocketW.orThrow(w.AF_INET, type, 0, null, 0, w.WSA_FLAG_OVERLAPPED);
  w.bind.orThrow(s, loopback(), NAME_BYTES);
  return s;
}

/** Closes sockets at the end of a test. */
export function closingSockets(t: Test, ...sockets: readonly w.SOCKET[]): void {
  t.teardown(() => {
    for (const s of sockets) w.closesocket(s);
  });
}
