import t from 'tap';
import * as w from 'winsock';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

t.test('every flavour gives the same code', async (t) => {
  for (const [name, code] of [['closesocket', w.WSAENOTSOCK]] as const) {
    const error = { name: 'WinsockError', code: 'WSAENOTSOCK', errno: code, syscall: name };
    t.throws(() => w.closesocket.orThrow(0xdead as w.SOCKET), error);
    await t.rejects(w.closesocket.async(0xdead as w.SOCKET), error);
  }
  w.WSASetLastError(w.WSAEINTR);
  await t.rejects(w.closesocket.async(0xdead as w.SOCKET));
  t.equal(w.WSAGetLastError(), w.WSAEINTR, 'a call on another thread leaves this one alone');
});

t.test('a successful call leaves the error as it was', async (t) => {
  w.WSASetLastError(w.WSAEACCES);
  w.htons(1);
  t.equal(w.WSAGetLastError(), w.WSAEACCES);
});

t.test('asking for a text leaves the error as it was', async (t) => {
  w.WSASetLastError(w.WSAEACCES);
  w.systemMessage(w.WSAECONNRESET);
  t.equal(w.WSAGetLastError(), w.WSAEACCES);
  t.ok(new w.WinsockError(w.WSAECONNRESET, 'recv'));
  t.equal(w.WSAGetLastError(), w.WSAEACCES, 'nor does an error that somebody else makes');
});

t.test("the message is the system's", async (t) => {
  const error = new w.WinsockError(w.WSAECONNRESET, 'WSARecv');
  t.match(error.message, /^WSARecv: WSAECONNRESET \(10054\): .+/);
  t.equal(w.systemMessage(999_999), undefined);
});
