import * as w from 'winsock';
import type * as spi from 'winsock/spi';

/** A socket for which every function of the provider fails. */
export const NO_SOCKET = 0xbad as w.SOCKET;
export const s = 5 as w.SOCKET;
export const NAME = new w.sockaddr_in({
  sin_family: w.AF_INET,
  sin_port: 0x1234,
  sin_addr: { s_addr: 0x04030201 },
});
const NAME_HEX = '02003412010203040000000000000000';

export const bytes = (text: string) => new Uint8Array(Buffer.from(text));
export const buffers = (...parts: Uint8Array[]) =>
  w.arrayOf(
    w.WSABUF,
    parts.map((part) => ({ len: part.length, buf: w.addressOf(part) })),
  );

/** Variables that functions write to; each call has its own. */
export function variables() {
  return {
    errno: w.ref(w.int),
    count: w.ref(w.DWORD),
    flags: w.ref(w.DWORD, 0),
    length: w.ref(w.int, 28),
    name: new w.sockaddr_in6(),
    first: new Uint8Array(8),
    second: new Uint8Array(8),
    info: new w.WSAPROTOCOL_INFOW(),
    overlapped: new w.OVERLAPPED({ Offset: 77 }),
  };
}

type Variables = ReturnType<typeof variables>;
const portOf = ({ name }: Variables) => w.ntohs(w.cast(w.sockaddr_in, name).sin_port);

export interface Case {
  readonly name: keyof spi.TransportFunctions;
  call(f: spi.TransportFunctions, v: Variables, s: w.SOCKET): unknown;
  /** What the provider is to write down. */
  readonly line: string;
  readonly result: unknown;
  /** What the call is to have written. */
  written?(v: Variables): unknown;
  readonly expected?: unknown;
  /** What it fails with for a socket that is none. */
  readonly code?: string;
}

/** A call of each function of a transport provider, and what is to come of it. */
export const cases: readonly Case[] = [
  {
    name: 'WSPAccept',
    call: (f, v, s) => f.WSPAccept.orThrow(s, v.name, v.length, null, 7, v.errno),
    line: 'WSPAccept s=5 length=28 context=7 condition=2',
    result: 1001,
    written: (v) => [portOf(v), v.length.value],
    expected: [4000, 16],
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPAddressToString',
    call(f, v) {
      v.count.value = 4;
      return f.WSPAddressToString(NAME, 16, v.info, v.first, v.count, v.errno);
    },
    line: `WSPAddressToString ${NAME_HEX} info=given room=4`,
    result: -1,
    written: (v) => [v.count.value, v.errno.value],
    expected: [8, w.WSAEFAULT],
  },
  {
    name: 'WSPAsyncSelect',
    call: (f, v, s) => f.WSPAsyncSelect.orThrow(s, 11 as w.HWND, 0x401, w.FD_READ, v.errno),
    line: 'WSPAsyncSelect s=5 window=11 message=1025 events=1',
    result: 0,
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPBind',
    call: (f, v, s) => f.WSPBind.orThrow(s, NAME, 16, v.errno),
    line: `WSPBind s=5 name=${NAME_HEX} length=16`,
    result: 0,
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPCancelBlockingCall',
    call: (f, v) => f.WSPCancelBlockingCall(v.errno),
    line: 'WSPCancelBlockingCall',
    result: -1,
    written: (v) => v.errno.value,
    expected: w.WSAEOPNOTSUPP,
  },
  {
    name: 'WSPCloseSocket',
    call: (f, v, s) => f.WSPCloseSocket.orThrow(s, v.errno),
    line: 'WSPCloseSocket s=5',
    result: 0,
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPConnect',
    call: (f, v, s) =>
      f.WSPConnect.orThrow(s, NAME, 16, buffers(bytes('hi')), null, new w.QOS(), null, v.errno),
    line: `WSPConnect s=5 name=${NAME_HEX} caller=hi callee=NULL sqos=given gqos=NULL`,
    result: 0,
    code: 'WSAECONNREFUSED',
  },
  {
    name: 'WSPDuplicateSocket',
    call: (f, v, s) => f.WSPDuplicateSocket.orThrow(s, 1234, v.info, v.errno),
    line: 'WSPDuplicateSocket s=5 process=1234',
    result: 0,
    written: ({ info }) => [info.dwCatalogEntryId, info.dwProviderReserved, `${info.szProtocol}`],
    expected: [7777, 42, 'duplicate'],
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPEnumNetworkEvents',
    call(f, v, s) {
      const events = new w.WSANETWORKEVENTS();
      const result = f.WSPEnumNetworkEvents.orThrow(s, 12 as w.HANDLE, events, v.errno);
      return [result, events.lNetworkEvents, events.iErrorCode[w.FD_CONNECT_BIT]];
    },
    line: 'WSPEnumNetworkEvents s=5 event=12',
    result: [0, w.FD_READ | w.FD_CONNECT, w.WSAECONNREFUSED],
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPEventSelect',
    call: (f, v, s) => f.WSPEventSelect.orThrow(s, 13 as w.HANDLE, w.FD_ACCEPT, v.errno),
    line: 'WSPEventSelect s=5 event=13 events=8',
    result: 0,
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPGetOverlappedResult',
    call: (f, v, s) =>
      f.WSPGetOverlappedResult.orThrow(s, v.overlapped, v.count, 1, v.flags, v.errno),
    line: 'WSPGetOverlappedResult s=5 offset=77 wait=1',
    result: 1,
    written: (v) => [v.count.value, v.flags.value],
    expected: [321, w.MSG_PARTIAL],
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPGetPeerName',
    call: (f, v, s) => f.WSPGetPeerName.orThrow(s, v.name, v.length, v.errno),
    line: 'WSPGetPeerName s=5 length=28',
    result: 0,
    written: portOf,
    expected: 4001,
    code: 'WSAENOTCONN',
  },
  {
    name: 'WSPGetSockName',
    call: (f, v, s) => f.WSPGetSockName.orThrow(s, v.name, v.length, v.errno),
    line: 'WSPGetSockName s=5 length=28',
    result: 0,
    written: portOf,
    expected: 4002,
    code: 'WSAENOTSOCK',
  },
  {
    name: 'WSPGetSockOpt',
    call(f, v, s) {
      v.length.value = 8;
      return f.WSPGetSockOpt.orThrow(s, w.SOL_SOCKET, w.SO_ERROR, v.first, v.length, v.errno);
    },
    line: 'WSPGetSockOpt s=5 level=65535 option=4103 length=8',
    result: 0,
    written: (v) => [v.length.value, w.cast(w.DWORD, v.first).value],
    expected: [4, 0x44332211],
    code: 'WSAENOPROTOOPT',
  },
  {
    name: 'WSPGetQOSByName',
    call(f, v, s) {
      const qos = new w.QOS();
      const result = f.WSPGetQOSByName.orThrow(s, buffers(bytes('G711')), qos, v.errno);
      return [result, qos.SendingFlowspec.TokenRate];
    },
    line: 'WSPGetQOSByName s=5 name=G711',
    result: [1, 64000],
    code: 'WSAEINVAL',
  },
  {
    name: 'WSPIoctl',
    call: (f, v, s) =>
      f.WSPIoctl.orThrow(
        s,
        w.SIO_KEEPALIVE_VALS,
        bytes('ab'),
        2,
        v.first,
        8,
        v.count,
        null,
        null,
        null,
        v.errno,
      ),
    line: 'WSPIoctl s=5 code=98000004 in=6162 out=8 overlapped=NULL routine=NULL thread=NULL',
    result: 0,
    written: (v) => [v.count.value, v.first[7]],
    expected: [8, 0x77],
    code: 'WSAEOPNOTSUPP',
  },
  {
    name: 'WSPJoinLeaf',
    call: (f, v, s) => f.WSPJoinLeaf.orThrow(s, NAME, 16, null, null, null, null, 3, v.errno),
    line: `WSPJoinLeaf s=5 name=${NAME_HEX} caller=NULL callee=NULL sqos=NULL gqos=NULL flags=3`,
    result: 1002,
    code: 'WSAEOPNOTSUPP',
  },
  {
    name: 'WSPListen',
    call: (f, v, s) => f.WSPListen.orThrow(s, 17, v.errno),
    line: 'WSPListen s=5 backlog=17',
    result: 0,
    code: 'WSAEOPNOTSUPP',
  },
  {
    name: 'WSPRecv',
    call: (f, v, s) =>
      f.WSPRecv.orThrow(
        s,
        buffers(v.first, v.second),
        2,
        v.count,
        v.flags,
        null,
        null,
        null,
        v.errno,
      ),
    line: 'WSPRecv s=5 count=2 first=8 flags=0 overlapped=NULL routine=NULL thread=NULL',
    result: 0,
    written: (v) => [v.count.value, Buffer.concat([v.first, v.second]).toString(), v.flags.value],
    expected: [13, 'received data\0\0\0', w.MSG_PARTIAL],
    code: 'WSAECONNRESET',
  },
  {
    name: 'WSPRecvDisconnect',
    call(f, v, s) {
      const data = buffers(v.first);
      const result = f.WSPRecvDisconnect.orThrow(s, data, v.errno);
      return [result, Buffer.from(v.first).toString('latin1', 0, data.at(0)?.len)];
    },
    line: 'WSPRecvDisconnect s=5 data=given',
    result: [0, 'bye'],
    code: 'WSAENOTCONN',
  },
  {
    name: 'WSPRecvFrom',
    call: (f, v, s) =>
      f.WSPRecvFrom.orThrow(
        s,
        buffers(v.first),
        1,
        v.count,
        v.flags,
        v.name,
        v.length,
        null,
        null,
        null,
        v.errno,
      ),
    line: 'WSPRecvFrom s=5 count=1 flags=0 from=28 overlapped=NULL routine=NULL thread=NULL',
    result: 0,
    written: (v) => [v.count.value, Buffer.from(v.first).toString(), portOf(v)],
    expected: [8, 'datagram', 4003],
    code: 'WSAEMSGSIZE',
  },
  {
    name: 'WSPSelect',
    call(f, v) {
      const [read, write] = [new w.fd_set(), new w.fd_set()];
      for (const one of [5, 6] as w.SOCKET[]) w.FD_SET(one, read);
      w.FD_SET(7 as w.SOCKET, write);
      const timeout = new w.timeval({ tv_sec: 3, tv_usec: 4 });
      const ready = f.WSPSelect.orThrow(9, read, write, null, timeout, v.errno);
      return [ready, read.fd_count, write.fd_count];
    },
    line: 'WSPSelect nfds=9 read=2 write=1 except=NULL timeout=3.000004',
    result: [1, 1, 0],
  },
  {
    name: 'WSPSend',
    call: (f, v, s) =>
      f.WSPSend.orThrow(
        s,
        buffers(bytes('one'), bytes('two2')),
        2,
        v.count,
        w.MSG_OOB,
        null,
        null,
        null,
        v.errno,
      ),
    line: 'WSPSend s=5 count=2 data=one flags=1 overlapped=NULL routine=NULL thread=NULL',
    result: 0,
    written: (v) => v.count.value,
    expected: 7,
    code: 'WSAECONNABORTED',
  },
  {
    name: 'WSPSendDisconnect',
    call: (f, v, s) => f.WSPSendDisconnect.orThrow(s, buffers(bytes('bye')), v.errno),
    line: 'WSPSendDisconnect s=5 data=bye',
    result: 0,
    code: 'WSAENOTCONN',
  },
  {
    name: 'WSPSendTo',
    call: (f, v, s) =>
      f.WSPSendTo.orThrow(
        s,
        buffers(bytes('to')),
        1,
        v.count,
        0,
        NAME,
        16,
        null,
        null,
        null,
        v.errno,
      ),
    line: `WSPSendTo s=5 count=1 data=to flags=0 to=${NAME_HEX} overlapped=NULL routine=NULL thread=NULL`,
    result: 0,
    written: (v) => v.count.value,
    expected: 2,
    code: 'WSAEHOSTUNREACH',
  },
  {
    name: 'WSPSetSockOpt',
    call: (f, v, s) =>
      f.WSPSetSockOpt.orThrow(s, w.SOL_SOCKET, w.SO_RCVBUF, w.ref(w.int, 0x1000), 4, v.errno),
    line: 'WSPSetSockOpt s=5 level=65535 option=4098 value=00100000',
    result: 0,
    code: 'WSAENOPROTOOPT',
  },
  {
    name: 'WSPShutdown',
    call: (f, v, s) => f.WSPShutdown.orThrow(s, w.SD_SEND, v.errno),
    line: 'WSPShutdown s=5 how=1',
    result: 0,
    code: 'WSAENOTCONN',
  },
  {
    name: 'WSPSocket',
    call(f, v) {
      v.info.dwCatalogEntryId = 31;
      return f.WSPSocket.orThrow(w.AF_INET, w.SOCK_STREAM, 6, v.info, 2, 1, v.errno);
    },
    line: 'WSPSocket family=2 type=1 protocol=6 entry=31 group=2 flags=1',
    result: 1000,
  },
  {
    name: 'WSPStringToAddress',
    call(f, v) {
      const text = new Uint8Array(Buffer.from('10.0.0.1:4004\0', 'utf16le'));
      return f.WSPStringToAddress.orThrow(
        w.addressOf(text) as never,
        w.AF_INET,
        null,
        v.name,
        v.length,
        v.errno,
      );
    },
    line: 'WSPStringToAddress 10.0.0.1:4004 family=2 info=NULL room=28',
    result: 0,
    written: portOf,
    expected: 4004,
  },
];
