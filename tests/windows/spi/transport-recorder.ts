import * as w from 'winsock';
import * as spi from 'winsock/spi';

export function fail(code: number): never {
  throw new w.WinsockError(code, 'a function of the provider');
}

/** A socket for which every function of the provider fails. */
export const NO_SOCKET = 0xbad;
const textOf = (buffer: w.WSABUF | null) =>
  buffer && Buffer.from(spi.arrayAt(w.uint8, buffer.buf, buffer.len) as Uint8Array).toString();
const textsOf = (first: w.WSABUF | null, count: number) =>
  first && [...spi.arrayAt(w.WSABUF, first, count)].map(textOf).join('+');

/** Fills buffers with a text and tells how much went in. */
function fill(first: w.WSABUF | null, count: number, text: string): number {
  const source = Buffer.from(text);
  let at = 0;
  for (const { len, buf } of first ? spi.arrayAt(w.WSABUF, first, count) : []) {
    const part = source.subarray(at, at + len);
    (spi.arrayAt(w.uint8, buf, len) as Uint8Array).set(part);
    at += part.length;
  }
  return at;
}

/** A provider that writes down what it is given, as the one in C does, and answers. */
export class Recorder implements Partial<spi.TransportProcedures> {
  readonly lines: string[] = [];

  note(name: string, s: number, ...rest: unknown[]): void {
    this.lines.push([name, s, ...rest].join(' '));
    if (s === NO_SOCKET) fail(w.WSAENOTSOCK);
  }

  #put(address: w.sockaddr | null, length: w.Pointer<number>, port: number): void {
    const name = w.cast(w.sockaddr_in, address);
    if (name) Object.assign(name, { sin_family: w.AF_INET, sin_port: w.htons(port) });
    w.cast(w.int, length).value = 16;
  }

  #port(name: w.sockaddr | null): number {
    return w.ntohs(w.cast(w.sockaddr_in, name)?.sin_port ?? 0);
  }

  WSPAccept: spi.LPWSPACCEPT = (s, addr, addrlen, lpfnCondition, context) => {
    this.note('WSPAccept', s, w.cast(w.int, addrlen).value);
    const from = new Uint8Array(Buffer.from('peer'));
    const caller = new w.WSABUF({ len: 4, buf: w.addressOf(from) as w.Pointer<number> });
    const condition = w.LPCONDITIONPROC.at(lpfnCondition) as (...args: unknown[]) => number;
    const answer = condition(caller, null, null, null, null, null, null, context);
    if (answer !== w.CF_ACCEPT) fail(w.WSAECONNREFUSED);
    this.#put(addr, addrlen, 5000);
    return 900 as w.SOCKET;
  };
  WSPAddressToString: spi.LPWSPADDRESSTOSTRING = (name, length, info, text, textLength) => {
    const room = w.cast(w.DWORD, textLength).value;
    this.lines.push(
      ['WSPAddressToString', this.#port(name), length, info?.dwCatalogEntryId, room].join(' '),
    );
    const answer = Buffer.from('1.2.3.4:4660\0', 'utf16le');
    (spi.arrayAt(w.uint8, text, answer.length) as Uint8Array).set(answer);
    w.cast(w.DWORD, textLength).value = answer.length / 2;
    return 0;
  };
  WSPAsyncSelect: spi.LPWSPASYNCSELECT = (s, hWnd, wMsg, lEvent) => {
    this.note('WSPAsyncSelect', s, hWnd, wMsg, lEvent);
    return 0;
  };
  WSPBind: spi.LPWSPBIND = (s, name, namelen) => {
    this.note('WSPBind', s, this.#port(name), namelen);
    return 0;
  };
  // WSPCancelBlockingCall is missing on purpose.
  WSPCloseSocket: spi.LPWSPCLOSESOCKET = (s) => {
    this.note('WSPCloseSocket', s);
    return 0;
  };
  WSPConnect: spi.LPWSPCONNECT = (s, name, namelen, caller, callee, sqos, gqos) => {
    const rate = sqos?.SendingFlowspec.TokenRate;
    this.note('WSPConnect', s, this.#port(name), namelen, textOf(caller), callee, rate, gqos);
    return 0;
  };
  WSPDuplicateSocket: spi.LPWSPDUPLICATESOCKET = (s, process, info) => {
    this.note('WSPDuplicateSocket', s, process);
    if (info) info.dwCatalogEntryId = 67;
    return 0;
  };
  WSPEnumNetworkEvents: spi.LPWSPENUMNETWORKEVENTS = (s, event, events) => {
    this.note('WSPEnumNetworkEvents', s, event);
    if (events) {
      events.lNetworkEvents = w.FD_READ;
      events.iErrorCode[w.FD_READ_BIT] = w.WSAENETDOWN;
    }
    return 0;
  };
  WSPEventSelect: spi.LPWSPEVENTSELECT = (s, event, events) => {
    this.note('WSPEventSelect', s, event, events);
    return 0;
  };
  WSPGetOverlappedResult: spi.LPWSPGETOVERLAPPEDRESULT = (s, overlapped, bytes, wait, flags) => {
    this.note('WSPGetOverlappedResult', s, overlapped?.Offset, wait);
    w.cast(w.DWORD, bytes).value = 68;
    w.cast(w.DWORD, flags).value = 69;
    return 1;
  };
  WSPGetPeerName: spi.LPWSPGETPEERNAME = (s, name, length) => {
    this.note('WSPGetPeerName', s, w.cast(w.int, length).value);
    this.#put(name, length, 5001);
    return 0;
  };
  WSPGetSockName: spi.LPWSPGETSOCKNAME = (s, name, length) => {
    this.note('WSPGetSockName', s, w.cast(w.int, length).value);
    this.#put(name, length, 5002);
    return 0;
  };
  WSPGetSockOpt: spi.LPWSPGETSOCKOPT = (s, level, option, value, length) => {
    this.note('WSPGetSockOpt', s, level, option, w.cast(w.int, length).value);
    w.cast(w.int, value).value = 70;
    w.cast(w.int, length).value = 4;
    return 0;
  };
  WSPGetQOSByName: spi.LPWSPGETQOSBYNAME = (s, name, qos) => {
    this.note('WSPGetQOSByName', s, textOf(name));
    if (qos) qos.SendingFlowspec.TokenRate = 9000;
    return 1;
  };
  WSPIoctl: spi.LPWSPIOCTL = (s, code, input, inLength, out, outLength, bytes, _o, _r, thread) => {
    const given = Buffer.from(spi.arrayAt(w.uint8, input, inLength) as Uint8Array).toString();
    this.note('WSPIoctl', s, code, given, outLength, thread?.ThreadHandle, thread?.Reserved);
    (spi.arrayAt(w.uint8, out, outLength) as Uint8Array).set(Buffer.from('answered'));
    w.cast(w.DWORD, bytes).value = outLength;
    return 0;
  };
  WSPJoinLeaf: spi.LPWSPJOINLEAF = (s, name, namelen, caller, callee, sqos, gqos, flags) => {
    const rate = gqos?.SendingFlowspec.TokenRate;
    this.note(
      'WSPJoinLeaf',
      s,
      this.#port(name),
      namelen,
      caller,
      textOf(callee),
      sqos,
      rate,
      flags,
    );
    return 901 as w.SOCKET;
  };
  WSPListen: spi.LPWSPLISTEN = (s, backlog) => {
    this.note('WSPListen', s, backlog);
    return 0;
  };
  WSPRecv: spi.LPWSPRECV = (
    s,
    buffers,
    count,
    bytes,
    flags,
    overlapped,
    routine,
    thread,
    errno,
  ) => {
    this.note('WSPRecv', s, count, overlapped?.Offset ?? 'NULL', thread?.ThreadHandle ?? 'NULL');
    if (overlapped) {
      // As in C: the result and the code, by hand.
      const complete = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.at(routine);
      (complete as (...args: unknown[]) => void)(0, 3, overlapped, 1);
      w.cast(w.int, errno).value = w.WSA_IO_PENDING;
      return w.SOCKET_ERROR;
    }
    w.cast(w.DWORD, bytes).value = fill(buffers, count, 'some bytes');
    w.cast(w.DWORD, flags).value = w.MSG_PARTIAL;
    return 0;
  };
  WSPRecvDisconnect: spi.LPWSPRECVDISCONNECT = (s, data) => {
    this.note('WSPRecvDisconnect', s, data?.len);
    fill(data, 1, 'over');
    return 0;
  };
  WSPRecvFrom: spi.LPWSPRECVFROM = (s, buffers, count, bytes, _flags, from, fromLength) => {
    this.note('WSPRecvFrom', s, count, w.cast(w.int, fromLength).value);
    w.cast(w.DWORD, bytes).value = fill(buffers, count, 'from');
    this.#put(from, fromLength, 5003);
    return 0;
  };
  WSPSelect: spi.LPWSPSELECT = (nfds, read, write, except, timeout) => {
    const [first, second] = read ? [read.fd_array[0], read.fd_array[1]] : [];
    const wait = `${timeout?.tv_sec}.${timeout?.tv_usec}`;
    this.lines.push(['WSPSelect', nfds, first, second, write?.fd_count, except, wait].join(' '));
    if (read && first !== undefined) w.FD_CLR(first as w.SOCKET, read);
    if (write) w.FD_ZERO(write);
    return 1;
  };
  WSPSend: spi.LPWSPSEND = (s, buffers, count, bytes, flags) => {
    this.note('WSPSend', s, textsOf(buffers, count), flags);
    w.cast(w.DWORD, bytes).value = 11;
    return 0;
  };
  WSPSendDisconnect: spi.LPWSPSENDDISCONNECT = (s, data) => {
    this.note('WSPSendDisconnect', s, textOf(data));
    return 0;
  };
  WSPSendTo: spi.LPWSPSENDTO = (s, buffers, count, bytes, flags, to, toLength) => {
    this.note('WSPSendTo', s, textsOf(buffers, count), flags, this.#port(to), toLength);
    w.cast(w.DWORD, bytes).value = 5;
    return 0;
  };
  WSPSetSockOpt: spi.LPWSPSETSOCKOPT = (s, level, option, value, length) => {
    this.note('WSPSetSockOpt', s, level, option, w.cast(w.int, value).value, length);
    return 0;
  };
  WSPShutdown: spi.LPWSPSHUTDOWN = (s, how) => {
    this.note('WSPShutdown', s, how);
    return 0;
  };
  WSPSocket: spi.LPWSPSOCKET = (af, type, protocol, info, g, flags) => {
    const entry = info?.dwCatalogEntryId;
    this.lines.push(['WSPSocket', af, type, protocol, entry, g, flags].join(' '));
    if (af === 9999) fail(w.WSAEAFNOSUPPORT);
    return 902 as w.SOCKET;
  };
  WSPStringToAddress: spi.LPWSPSTRINGTOADDRESS = (text, af, info, address, length) => {
    this.lines.push(['WSPStringToAddress', text, af, info].join(' '));
    if (af !== w.AF_INET) fail(w.WSAEINVAL);
    this.#put(address, length, 5004);
    return 0;
  };
}

/** What the recorder writes down of what the host in C calls. */
export const ARRIVED = [
  'WSPAccept 5 128',
  'WSPAddressToString 4660 16 66 32',
  'WSPAsyncSelect 5 11 12 13',
  'WSPBind 5 4660 16',
  'WSPConnect 5 4660 16 text  8000 ',
  'WSPDuplicateSocket 5 14',
  'WSPEnumNetworkEvents 5 15',
  'WSPEventSelect 5 16 17',
  'WSPGetOverlappedResult 5 55 1',
  'WSPGetPeerName 5 128',
  'WSPGetSockName 5 128',
  'WSPGetSockOpt 5 18 19 8',
  'WSPGetQOSByName 5 text',
  `WSPIoctl 5 ${w.SIO_FLUSH} in 8 21 22`,
  'WSPJoinLeaf 5 4660 16  text  9000 4',
  'WSPListen 5 20',
  'WSPRecv 5 2 NULL NULL',
  'WSPRecv 5 1 55 21',
  'WSPRecvDisconnect 5 4',
  'WSPRecvFrom 5 1 128',
  'WSPSelect 0 5 6 1  1.500000',
  'WSPSend 5 first+second 1',
  'WSPSendDisconnect 5 text',
  'WSPSendTo 5 first 0 4660 16',
  'WSPSetSockOpt 5 21 22 7 4',
  'WSPShutdown 5 2',
  'WSPSocket 2 1 6 67 23 24',
  'WSPStringToAddress 1.2.3.4:5 2 ',
  'WSPCloseSocket 5',
];

/** What the host in C writes down of what the recorder answers. */
export const ANSWERED = [
  'condition caller=peer context=9',
  'WSPAccept 900/0 port=5000 length=16',
  'WSPAddressToString 0/0 1.2.3.4:4660 length=13',
  'WSPAsyncSelect 0/0',
  'WSPBind 0/0',
  `WSPCancelBlockingCall -1/${w.WSAEOPNOTSUPP}`,
  'WSPConnect 0/0',
  'WSPDuplicateSocket 0/0 entry=67',
  `WSPEnumNetworkEvents 0/0 events=1 code=${w.WSAENETDOWN}`,
  'WSPEventSelect 0/0',
  'WSPGetOverlappedResult 1/0 bytes=68 flags=69',
  'WSPGetPeerName 0/0 port=5001',
  'WSPGetSockName 0/0 port=5002',
  'WSPGetSockOpt 0/0 value=70 length=4',
  'WSPGetQOSByName 1/0 rate=9000',
  'WSPIoctl 0/0 out=answered bytes=8',
  'WSPJoinLeaf 901/0',
  'WSPListen 0/0',
  `WSPRecv 0/0 data=some bytes bytes=10 flags=${w.MSG_PARTIAL}`,
  'routine error=0 bytes=3 offset=55 flags=1',
  `WSPRecv overlapped -1/${w.WSA_IO_PENDING}`,
  'WSPRecvDisconnect 0/0 data=over',
  'WSPRecvFrom 0/0 data=from bytes=4 port=5003',
  'WSPSelect 1/0 read=1 write=0',
  'WSPSend 0/0 bytes=11',
  'WSPSendDisconnect 0/0',
  'WSPSendTo 0/0 bytes=5',
  'WSPSetSockOpt 0/0',
  'WSPShutdown 0/0',
  'WSPSocket 902/0',
  'WSPStringToAddress 0/0 port=5004',
  'WSPCloseSocket 0/0',
];
