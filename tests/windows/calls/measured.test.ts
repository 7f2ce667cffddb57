// Lengths and counts wherever they stand: in records that records point to, by fields that count another,
// with flags that change what a parameter is, without the NUL behind a text, beside NULL.

import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import * as k from 'winsock/kernel';
import { needsDlls, testDll } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

/** Of CreateProcess: the environment is wide text. */
const CREATE_UNICODE_ENVIRONMENT = 0x400;

/** 16 bytes of memory in the middle of more, which must not be touched. */
function small(bytes = 16): { memory: Uint8Array; whole: Uint8Array } {
  const whole = new Uint8Array(new ArrayBuffer(4096)).fill(0xa5);
  return { memory: whole.subarray(16, 16 + bytes), whole };
}

const refused = (message: RegExp) => ({ name: 'RangeError', message });
/** A function with its own checks, of which Wine has none: the stand-ins have its export. */
function standIn<F extends { readonly definition: w.Definition }>({ definition }: F): F {
  const { name, failure, signature } = definition;
  return w.func(testDll('stand-ins'), name, failure, signature) as unknown as F;
}

const s = w.socket(w.AF_INET, w.SOCK_DGRAM, 0);
t.teardown(() => w.closesocket(s));

t.test('the buffers of a message, and the message itself', async (t) => {
  const { memory } = small();
  const wrong = (init: w.Init<w.WSAMSG>) => new w.WSAMSG(init);
  const messages: [init: w.Init<w.WSAMSG>, message: RegExp][] = [
    [
      { dwBufferCount: 1, lpBuffers: new w.WSABUF({ len: 1000, buf: memory }) },
      /WSABUF\.buf has 16 bytes, but len says 1000/,
    ],
    [
      { dwBufferCount: 3, lpBuffers: new w.WSABUF({ len: 16, buf: memory }) },
      /WSAMSG\.lpBuffers has \d+ bytes, but dwBufferCount says \d+/,
    ],
    [{ Control: { len: 17, buf: memory } }, /WSABUF\.buf has 16 bytes, but len says 17/],
    [
      { name: memory as unknown as w.sockaddr, namelen: 128 },
      /WSAMSG\.name has 16 bytes, but namelen says 128/,
    ],
  ];
  for (const [init, message] of messages) {
    t.throws(() => w.WSASendMsg(s, wrong(init), 0, null, null, null), refused(message));
    t.throws(() => w.WSARecvMsg(s, wrong(init), null, null, null), refused(message));
  }
  const right = new w.WSAMSG({
    dwBufferCount: 1,
    lpBuffers: new w.WSABUF({ len: 16, buf: memory }),
  });
  t.equal(w.WSASendMsg(s, right, 0, null, null, null), w.SOCKET_ERROR, 'asked of the system');
});

t.test('buffers that are counted and are not there', async (t) => {
  // The size of what Wine keeps for so many wraps around, and it writes behind it.
  const message = new w.WSAMSG({ dwBufferCount: 0x7fffffff });
  const nothing = {
    name: 'TypeError',
    message: /lpMsg: WSAMSG\.lpBuffers is NULL, but dwBufferCount says \d+ bytes/,
  };
  t.throws(() => w.WSASendMsg(s, message, 0, null, null, null), nothing);
  t.throws(() => w.WSARecvMsg(s, message, null, null, null), nothing);
  message.dwBufferCount = 0;
  t.equal(w.WSASendMsg(s, message, 0, null, null, null), w.SOCKET_ERROR, 'asked of the system');
});

t.test('the second of several buffers is measured where the count includes it', async (t) => {
  const buffers = w.arrayOf(w.WSABUF, [
    { len: 16, buf: small().memory },
    { len: 17, buf: small().memory },
  ]);
  const message = new w.WSAMSG({ dwBufferCount: 2, lpBuffers: buffers });
  t.throws(() => w.WSARecvMsg(s, message, null, null, null), refused(/but len says 17/));
  message.dwBufferCount = 1;
  t.equal(w.WSASendMsg(s, message, 0, null, null, null), w.SOCKET_ERROR, 'is not looked at');
});

t.test('head and tail of a file that is sent', async (t) => {
  const secret = small(3).memory;
  t.throws(
    () =>
      w.TransmitFile(
        s,
        0 as k.HANDLE,
        0,
        0,
        null,
        new w.TRANSMIT_FILE_BUFFERS({ Head: secret, HeadLength: 20 }),
        0,
      ),
    refused(/TRANSMIT_FILE_BUFFERS\.Head has 3 bytes, but HeadLength says 20/),
  );
});

t.test('memory between files that are sent', needsDlls, async (t) => {
  const secret = small(3).memory;
  // Reached by a pointer, which Wine's provider does not have: any export serves for what is refused.
  const { failure, signature } = w.TransmitPackets.definition;
  const transmit = w.func(
    testDll('stand-ins'),
    'TransmitFile',
    failure,
    signature,
  ) as unknown as typeof w.TransmitPackets;
  const element = new w.TRANSMIT_PACKETS_ELEMENT({ dwElFlags: w.TP_ELEMENT_MEMORY, cLength: 20 });
  element.pBuffer = secret;
  t.throws(
    () => transmit(s, element, 1, 0, null, 0),
    refused(/TRANSMIT_PACKETS_ELEMENT\.pBuffer has 3 bytes, but .*cLength says 20/),
  );
});

t.test('a set of sockets that counts more than it holds', async (t) => {
  const set = new w.fd_set();
  w.FD_SET(s, set);
  for (const count of [65, 2000, 2 ** 31]) {
    set.fd_count = count;
    t.throws(
      () => w.select(0, set, null, null, null),
      refused(/fd_set\.fd_array has \d+ bytes, but fd_count/),
    );
  }
});

t.test('addresses and lists for calls that take memory of any kind', async (t) => {
  const list = new w.SOCKET_ADDRESS_LIST({ iAddressCount: 9 });
  t.throws(
    () =>
      w.WSAIoctl(
        s,
        w.SIO_ADDRESS_LIST_SORT,
        list,
        list.byteLength,
        null,
        0,
        w.ref(w.DWORD),
        null,
        null,
      ),
    refused(/SOCKET_ADDRESS_LIST\.Address has \d+ bytes, but iAddressCount says \d+/),
  );
  const one = new w.SOCKET_ADDRESS_LIST({ iAddressCount: 1 });
  one.Address.set(
    0,
    new w.SOCKET_ADDRESS({
      lpSockaddr: small().memory as unknown as w.sockaddr,
      iSockaddrLength: 28,
    }),
  );
  t.throws(
    () =>
      w.WSAIoctl(
        s,
        w.SIO_ADDRESS_LIST_SORT,
        one,
        one.byteLength,
        null,
        0,
        w.ref(w.DWORD),
        null,
        null,
      ),
    refused(/SOCKET_ADDRESS\.lpSockaddr has 16 bytes, but iSockaddrLength says 28/),
  );
});

t.test('what a query of names points to', async (t) => {
  const query = new w.WSAQUERYSETW({
    lpBlob: new w.BLOB({ cbSize: 20, pBlobData: small().memory }),
  });
  t.throws(
    () => w.WSALookupServiceBeginW(query, 0, w.ref(w.HANDLE)),
    refused(/BLOB\.pBlobData has 16 bytes, but cbSize says 20/),
  );
  const addresses = new w.WSAQUERYSETW({ dwNumberOfCsAddrs: 2, lpcsaBuffer: new w.CSADDR_INFO() });
  t.throws(
    () => w.WSASetServiceW(addresses, 0, 0),
    refused(/lpcsaBuffer has \d+ bytes, but dwNumberOfCsAddrs/),
  );
});

t.test('options of an echo request are measured', async (t) => {
  const options = new ip.ip_option_information({ OptionsSize: 40 });
  options.OptionsData = small().memory as never;
  t.throws(
    () =>
      ip.IcmpSendEcho(0 as k.HANDLE, 0, small().memory, 16, options, Buffer.alloc(100), 100, 10),
    refused(/OptionsData has 16 bytes, but OptionsSize says 40/),
  );
});

t.test('an address for memory that the system allocates', async (t) => {
  const flags = k.FORMAT_MESSAGE_ALLOCATE_BUFFER | k.FORMAT_MESSAGE_FROM_SYSTEM;
  const { memory, whole } = small(1);
  t.throws(
    () => k.FormatMessageW(flags, null, 5, 0, memory, 0, null),
    refused(/lpBuffer has 1 bytes/),
  );
  t.equal(whole[17], 0xa5);
  const address = w.ref(w.pvoid);
  t.ok(k.FormatMessageW(flags | 0x200, null, 5, 0, address, 0, null) > 0);
  t.equal(k.LocalFree(address.value as never), 0);
});

t.test('a text with a length, or up to its NUL', async (t) => {
  const out = new Uint16Array(new ArrayBuffer(200));
  const four = Buffer.from('four');
  t.equal(k.MultiByteToWideChar(k.CP_UTF8, 0, four, 4, out, 100), 4);
  t.throws(
    () => k.MultiByteToWideChar(k.CP_UTF8, 0, four.subarray(0, 4), 2 ** 20, out, 100),
    refused(/lpMultiByteStr has \d+ bytes, but cbMultiByte says 1048576/),
  );
  t.throws(
    () =>
      k.MultiByteToWideChar(
        k.CP_UTF8,
        0,
        new Uint8Array(new ArrayBuffer(4)).fill(65),
        -1,
        out,
        100,
      ),
    {
      message: /no NUL/,
    },
  );
  t.equal(k.MultiByteToWideChar(k.CP_UTF8, 0, Buffer.from('four\0'), -1, out, 100), 5);
  t.throws(() => k.MultiByteToWideChar(k.CP_UTF8, 0, 28 as never, -1, out, 100), {
    message: /28 is not an address/,
  });
  t.throws(() => k.MultiByteToWideChar(k.CP_UTF8, 0, four, -2, out, 100), { message: /negative/ });
});

t.test('memory that a flag makes a text, or texts', async (t) => {
  const out = Buffer.alloc(100);
  const endless = new Uint8Array(new ArrayBuffer(8)).fill(65);
  const from = k.FORMAT_MESSAGE_FROM_STRING | k.FORMAT_MESSAGE_IGNORE_INSERTS;
  const none = refused(/lpSource: the 8 bytes given hold no NUL to end the string/);
  t.throws(() => k.FormatMessageW(from, endless, 0, 0, out, 50, null), none);
  t.throws(() => k.FormatMessageA(from, endless, 0, 0, out, 100, null), none);
  // One byte of zero ends no wide text.
  const odd = Uint8Array.of(65, 65, 65, 0, 0, 65, 65, 65);
  t.throws(() => k.FormatMessageW(from, odd, 0, 0, out, 50, null), none);
  t.equal(k.FormatMessageA(from, odd, 0, 0, out, 100, null), 3);
  t.equal(k.FormatMessageW(from, Buffer.from('ab\0', 'utf16le'), 0, 0, out, 50, null), 2);
  const handle = k.FormatMessageW(k.FORMAT_MESSAGE_FROM_HMODULE, endless, 0, 0, out, 50, null);
  t.equal(handle, 0, 'a handle is not looked at');
  const run = (flags: number, command: Uint8Array, environment: Uint8Array) =>
    k.CreateProcessW(
      null,
      command,
      null,
      null,
      0,
      flags,
      environment,
      null,
      new k.STARTUPINFOW(),
      new k.PROCESS_INFORMATION(),
    );
  const command = Buffer.from('no-such-program\0', 'utf16le');
  t.throws(() => run(0, endless, Buffer.alloc(2)), refused(/lpCommandLine: .* no NUL/));
  const texts = refused(/lpEnvironment: the \d+ bytes given hold no empty string to end the list/);
  t.throws(() => run(0, command, Buffer.from('a=b\0')), texts);
  t.throws(() => run(CREATE_UNICODE_ENVIRONMENT, command, Buffer.from('a=b\0\0')), texts);
  t.equal(run(0, command, Buffer.from('a=b\0\0')), 0);
  const wide = Buffer.from('a=b\0\0', 'utf16le');
  t.equal(run(CREATE_UNICODE_ENVIRONMENT, command, wide), 0);
});

t.test("pages of JavaScript's own memory are nobody's to map", async (t) => {
  const own = new Uint8Array(new ArrayBuffer(1 << 20)).fill(7);
  const refusal = { name: 'TypeError', message: /lpAddress: this call changes whole pages/ };
  const [COMMIT, DECOMMIT, READ_ONLY] = [0x1000, 0x4000, 2];
  t.throws(() => k.VirtualFree(own, own.length, DECOMMIT), refusal);
  t.throws(() => k.VirtualAlloc(own, own.length, COMMIT, READ_ONLY), refusal);
  t.throws(() => k.UnmapViewOfFile(own), /lpBaseAddress: this call changes whole pages/);
  t.ok(own.every((byte) => byte === 7));
});

t.test('a list that ends with a zero', async (t) => {
  const list = (...numbers: number[]) => new Int32Array(numbers) as never;
  const bytes = () => w.ref(w.DWORD, 0);
  const endless = refused(/lpiProtocols: the 8 bytes given hold no zero to end the list/);
  t.throws(() => w.WSAEnumProtocolsW(list(6, 17), null, bytes()), endless);
  t.throws(() => w.WSAEnumProtocolsA(list(6, 17), null, bytes()), endless);
  t.equal(w.WSAEnumProtocolsW(list(6, 17, 0), null, bytes()), w.SOCKET_ERROR);
  t.equal(w.WSAEnumProtocolsW(null, null, bytes()), w.SOCKET_ERROR, 'as long as it would be');
});

t.test('a size that leaves out the NUL', needsDlls, async (t) => {
  t.throws(
    () => standIn(ip.GetIpErrorString)(11010, Buffer.alloc(20), w.ref(w.DWORD, 10)),
    refused(/Buffer has 20 bytes, but what Size points to \+ 1 says 22/),
  );
});

t.test('NULL beside a size is refused', async (t) => {
  t.throws(() => k.GetTempPathW(260, null), {
    message: /lpBuffer is NULL, but nBufferLength says 520/,
  });
  t.throws(() => k.GetComputerNameW(Buffer.alloc(64), null), { message: /nSize must not be NULL/ });
  const guid = w.WSAID_ACCEPTEX;
  const code = w.SIO_GET_EXTENSION_FUNCTION_POINTER;
  const count = w.ref(w.DWORD);
  t.throws(() => w.WSAIoctl(s, code, null, 16, Buffer.alloc(8), 8, count, null, null), {
    name: 'TypeError',
    message: /lpvInBuffer is NULL, but cbInBuffer says 16/,
  });
  t.throws(() => w.WSAIoctl(s, code, guid, 16, null, 8, count, null, null), {
    message: /lpvOutBuffer is NULL, but cbOutBuffer says 8/,
  });
  t.equal(w.send(s, null, 0, 0), w.SOCKET_ERROR, 'NULL without one goes to the system');
});

t.test('a record whose version says which one it is', needsDlls, async (t) => {
  const settings = new ip.DNS_INTERFACE_SETTINGS({ Version: ip.DNS_INTERFACE_SETTINGS_VERSION3 });
  t.throws(
    () => standIn(ip.GetInterfaceDnsSettings)(new w.GUID(), settings),
    refused(/Settings needs 112 bytes, got 64/),
  );
});
