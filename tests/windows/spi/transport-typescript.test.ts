// A transport provider written in TypeScript and used from TypeScript, by way of native tables.

import t from 'tap';
import * as w from 'winsock';
import * as spi from 'winsock/spi';
import { closedAfter } from '../support/native.ts';

/** Datagrams in this process: what is sent to a port waits there. */
function mailboxes(): Partial<spi.TransportProcedures> {
  const ports = new Map<number, number>();
  const waiting = new Map<number, Uint8Array[]>();
  let sockets = 0x1000;
  const portOf = (name: w.sockaddr | null) => w.ntohs(w.cast(w.sockaddr_in, name)?.sin_port ?? 0);
  return {
    WSPSocket(family) {
      if (family !== w.AF_INET) throw new w.WinsockError(w.WSAEAFNOSUPPORT, 'WSPSocket');
      return ++sockets as w.SOCKET;
    },
    WSPBind(s, name) {
      ports.set(s, portOf(name));
      waiting.set(portOf(name), []);
      return 0;
    },
    WSPSendTo(_s, lpBuffers, count, sent, _flags, lpTo) {
      const box = waiting.get(portOf(lpTo));
      if (!box) throw new w.WinsockError(w.WSAENETUNREACH, 'WSPSendTo');
      const data = Buffer.concat(spi.buffersAt(lpBuffers, count));
      box.push(data);
      w.cast(w.DWORD, sent).value = data.length;
      return 0;
    },
    WSPRecvFrom(s, lpBuffers, count, received) {
      let rest: Uint8Array | undefined = waiting.get(ports.get(s) ?? 0)?.shift();
      if (!rest) throw new w.WinsockError(w.WSAEWOULDBLOCK, 'WSPRecvFrom');
      w.cast(w.DWORD, received).value = rest.length;
      for (const memory of spi.buffersAt(lpBuffers, count)) {
        memory.set(rest.subarray(0, memory.length));
        rest = rest.subarray(memory.length);
      }
      return 0;
    },
    WSPCloseSocket: () => 0,
  };
}

t.test('a transport of TypeScript carries datagrams for TypeScript', async (t) => {
  const implementation = closedAfter(
    t,
    spi.implementTransportProvider({ description: 'Mailboxes', procedures: mailboxes() }),
  );
  const provider = spi.openTransportProvider({ startup: implementation.startup });
  t.equal(provider.data.szDescription.toString(), 'Mailboxes');
  const f = provider.functions;
  const errno = w.ref(w.int);
  const info = new w.WSAPROTOCOL_INFOW();
  const [a, b] = [0, 0].map(() => f.WSPSocket.orThrow(w.AF_INET, 2, 17, info, 0, 0, errno));
  t.throws(() => f.WSPSocket.orThrow(w.AF_IPX, 2, 17, info, 0, 0, errno), {
    code: 'WSAEAFNOSUPPORT',
    syscall: 'WSPSocket',
  });
  const name = new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: w.htons(4000) });
  f.WSPBind.orThrow(b!, name, w.sizeof(name), errno);
  const [hello, world] = ['hello, ', 'world'].map((text) => Buffer.from(text));
  const out = w.arrayOf(w.WSABUF, [
    new w.WSABUF({ len: 7, buf: hello! }),
    new w.WSABUF({ len: 5, buf: world! }),
  ]);
  const count = w.ref(w.DWORD);
  const size = w.sizeof(name);
  f.WSPSendTo.orThrow(a!, out, 2, count, 0, name, size, null, null, null, errno);
  t.equal(count.value, 12);
  const [first, second] = [4, 20].map((bytes) => Buffer.from(new ArrayBuffer(bytes)));
  const into = w.arrayOf(w.WSABUF, [
    new w.WSABUF({ len: 4, buf: first! }),
    new w.WSABUF({ len: 20, buf: second! }),
  ]);
  const flags = w.ref(w.DWORD);
  const receive = () =>
    f.WSPRecvFrom.orThrow(b!, into, 2, count, flags, null, null, null, null, null, errno);
  receive();
  t.equal(`${first}${second!.toString('latin1', 0, count.value - 4)}`, 'hello, world');
  t.throws(receive, { code: 'WSAEWOULDBLOCK' });
  t.throws(() => implementation.close(), { code: 'ERR_WINSOCK_IN_USE' });
  provider.close();
  t.equal(implementation.sessions, 0);
});

t.test('which provider is meant has to be said', async (t) => {
  t.throws(() => spi.openTransportProvider({}), TypeError);
  const both = { dll: 'x.dll', startup: 0x10000 as w.Pointer<spi.LPWSPSTARTUP> };
  t.throws(() => spi.openTransportProvider(both), TypeError);
});
