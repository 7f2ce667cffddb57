import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

t.test('socket addresses as text and back', async (t) => {
  const texts: [family: number, text: string][] = [
    [w.AF_INET, '127.0.0.1'],
    [w.AF_INET, '198.51.100.7:8080'],
    [w.AF_INET6, '::1'],
    [w.AF_INET6, '[2001:db8::1]:443'],
    [w.AF_INET6, 'fe80::1%3'],
    [w.AF_INET6, '[fe80::1%3]:80'],
  ];
  for (const [family, text] of texts) {
    const address = w.stringToAddress(text, family);
    t.ok(address instanceof (w.sockaddrType(family) as unknown as new () => object));
    t.equal(w.addressToString(address), text);
    // A storage that holds it is as good.
    const storage = new w.SOCKADDR_STORAGE();
    storage.set(address);
    t.equal(w.addressToString(storage), text);
  }
  const four = w.stringToAddress('198.51.100.7:8080', w.AF_INET);
  t.equal(four.sin_port, w.htons(8080));
  t.equal(w.inet_ntoa(four.sin_addr), '198.51.100.7');
  const six = w.stringToAddress('[fe80::1%3]:80', w.AF_INET6);
  t.equal(six.sin6_scope_id, 3);
  t.equal(w.IN6_IS_ADDR_LINKLOCAL(six.sin6_addr), true);
});

t.test('what is no address is refused by the system', async (t) => {
  for (const text of ['', 'localhost', '1.2.3.4.5', '256.1.1.1', '1.2.3.4:99999']) {
    t.throws(() => w.stringToAddress(text, w.AF_INET), { code: 'WSAEINVAL' }, text);
  }
  t.throws(() => w.stringToAddress('1.2.3.4', w.AF_INET6), { name: 'WinsockError' });
  t.throws(() => w.addressToString(new w.SOCKADDR_STORAGE()), { name: 'WinsockError' });
});

t.test('Bluetooth addresses become text and are read from it', async (t) => {
  const s = w.socket(w.AF_BTH, w.SOCK_STREAM, w.BTHPROTO_RFCOMM);
  if (s === w.INVALID_SOCKET) {
    const code = w.errorName(w.WSAGetLastError());
    t.pass('asked of the system', {
      skip: `the system has no Bluetooth sockets, and so no text for their addresses: ${code}`,
    });
    return;
  }
  w.closesocket(s);
  const address = w.stringToAddress('(00:11:22:33:44:55):1', w.AF_BTH);
  t.equal(address.btAddr, w.SET_NAP_SAP(0x0011, 0x22334455));
  t.equal(w.addressToString(address), '(00:11:22:33:44:55):1');
});

t.test('errors of address lookup have a text', async (t) => {
  t.match(w.gai_strerrorW(w.EAI_NONAME), /\w{3}/);
  t.equal(w.gai_strerrorA(w.EAI_NONAME), w.gai_strerrorW(w.EAI_NONAME));
  t.equal(w.gai_strerror, w.gai_strerrorW);
  t.notMatch(w.gai_strerrorW(w.EAI_AGAIN), /[\r\n]/);
  t.equal(w.gai_strerrorW(0x7fff1234), '');
  t.throws(() => w.gai_strerrorW('x' as never), TypeError);
});

t.test('FD_ISSET answers as the function of the DLL does', async (t) => {
  const set = new w.fd_set();
  for (const s of [4, 8, 400, w.INVALID_SOCKET]) w.FD_SET(s, set);
  w.FD_CLR(8, set);
  for (const s of [0, 4, 8, 400, w.INVALID_SOCKET]) {
    t.equal(w.FD_ISSET(s, set), w.__WSAFDIsSet(s, set) ? 1 : 0, String(s));
  }
});

t.test('the events of a socket notification', async (t) => {
  const entry = new w.OVERLAPPED_ENTRY({ dwNumberOfBytesTransferred: 5 });
  t.equal(w.SocketNotificationRetrieveEvents(entry), 5);
  t.throws(() => w.SocketNotificationRetrieveEvents(5 as never), TypeError);
});

const fullPathNameA = w.func<
  (name: w.StringArg, length: number, out: w.BufferArg, part: null) => number
>('kernel32', 'GetFullPathNameA', w.IsFalse, () => [
  w.DWORD,
  w.p('lpFileName', w.cstring),
  w.p('nBufferLength', w.DWORD),
  w.p('lpBuffer', w.pvoid, 'out'),
  w.p('lpFilePart', w.pvoid),
]);

t.test('strings of the A functions are in the code page both ways', async (t) => {
  const info = new w.addrinfo({ ai_canonname: 'plain' });
  t.equal(info.ai_canonname, 'plain');
  // Of the code pages that a test may meet, each has at least one of these.
  const known = ['\u00e9', '\u0416', '\u3042'].filter((text) => {
    try {
      info.ai_canonname = text;
    } catch (error) {
      t.match(error, { name: 'RangeError', message: /code page lacks; use the W function/ });
      return false;
    }
    t.equal(info.ai_canonname, text);
    return true;
  });
  t.ok(known.length > 0);
  t.equal(new w.addrinfoW({ ai_canonname: '\u3042' }).ai_canonname, '\u3042');
  for (const text of known) {
    // What an A function writes is read as it was given.
    const out = w.arrayOf(w.char, k.MAX_PATH);
    fullPathNameA(`C:\\${text}`, out.length, out, null);
    t.equal(String(out), `C:\\${text}`, 'an array that a function fills');
    const wide = w.arrayOf(w.wchar, text);
    const name = k.WideCharToMultiByte(k.CP_ACP, 0, wide, 1, null, 0, null, null);
    t.equal(out.bytes.indexOf(0), 3 + name, 'which holds bytes of the code page');
    t.equal(String(w.arrayOf(w.char, text)), text, 'an array made of text');
    t.equal(w.arrayOf(w.char, text).length, name + 1);
    const data = new w.WSADATA({ szDescription: text });
    t.equal(String(data.szDescription), text, 'a field');
    t.equal(data.szDescription.indexOf(0), name);
    const path = new w.sockaddr_un({ sun_path: text }).sun_path;
    t.equal(String(path), text);
    t.equal(path.indexOf(0), Buffer.byteLength(text), 'paths of AF_UNIX are UTF-8');
  }
  for (const text of ['\u00e9', '\u0416', '\u3042'].filter((text) => !known.includes(text))) {
    t.throws(() => w.arrayOf(w.char, text), { name: 'RangeError', message: /code page lacks/ });
    t.throws(() => new w.WSADATA({ szDescription: text }), RangeError);
  }
});
