import * as w from '../../../../index.ts';
import * as k from '../../../../kernel.ts';
import { documented, reference, type Topic, tested } from '../../fact.ts';
import {
  anywhere,
  lastError,
  nameOf,
  nonBlocking,
  receive,
  room,
  type Session,
  sendTo,
  sleep,
  waitReadable,
} from '../../session.ts';

const WAIT_MILLISECONDS = 1000;
const MSQUIC = tested('MsQuic', 'src/platform/datapath_winuser.c');

/** Sends with one control message; the error, or 'sent'. */
function sendWith(
  socket: w.SOCKET,
  text: string,
  to: w.sockaddr_in,
  level: number,
  type: number,
  data: Uint8Array,
): string {
  const control = room(w.WSA_CMSG_SPACE(data.length));
  const header = new w.WSACMSGHDR(control.buffer, 0);
  header.cmsg_len = w.WSA_CMSG_LEN(data.length);
  header.cmsg_level = level;
  header.cmsg_type = type;
  control.set(data, w.WSA_CMSG_LEN(0));
  const memory = room(text.length);
  memory.set(Buffer.from(text, 'latin1'));
  const buffers = w.arrayOf(w.WSABUF, [{ len: text.length, buf: memory }]);
  const message = new w.WSAMSG({
    name: w.cast(w.sockaddr, to),
    namelen: 16,
    lpBuffers: buffers,
    dwBufferCount: 1,
  });
  message.Control.len = control.length;
  message.Control.buf = control;
  const result = w.WSASendMsg(socket, message, 0, w.ref(w.DWORD), null, null);
  return result === 0 ? 'sent' : lastError();
}

function sender(on: Session): w.SOCKET {
  return on.bound(w.SOCK_DGRAM, anywhere());
}

export const sending: Topic = {
  name: 'sending',
  title: 'What is said of a single datagram',
  facts: [
    {
      id: 'source-address',
      api: 'WSASendMsg',
      says: 'IP_PKTINFO in the control data says which address a datagram comes from.',
      source: reference('winsock2/wsasendmsg'),
      windows: 'from 127.0.0.2',
      wine: 'from 127.0.0.1',
      reliedOn: ['send-control.ts IP_PKTINFO'],
      ask(on) {
        const s = on.datagram();
        const from = new w.IN_PKTINFO();
        from.ipi_addr.set([127, 0, 0, 2]);
        const how = sendWith(sender(on), 'x', nameOf(s), w.IPPROTO_IP, w.IP_PKTINFO, from);
        if (how !== 'sent') return how;
        waitReadable(s);
        const name = anywhere();
        const bytes = w.recvfrom(s, room(8), 8, 0, w.cast(w.sockaddr, name), w.ref(w.int, 16));
        return bytes < 0 ? lastError() : `from ${[...name.sin_addr].join('.')}`;
      },
    },
    {
      id: 'segments',
      api: 'WSASendMsg',
      says: 'UDP_SEND_MSG_SIZE in the control data has the data go as datagrams of that size (Windows 10 2004).',
      source: MSQUIC,
      windows: '4 bytes',
      wine: '10 bytes',
      reliedOn: ['send-control.ts UDP_SEND_MSG_SIZE'],
      ask(on) {
        const s = on.datagram();
        const bytes = Uint8Array.of(4, 0, 0, 0);
        const how = sendWith(
          sender(on),
          '0123456789',
          nameOf(s),
          w.IPPROTO_UDP,
          w.UDP_SEND_MSG_SIZE,
          bytes,
        );
        if (how !== 'sent') return how;
        waitReadable(s);
        return `${receive(s).replace(/^"|"$/g, '').length} bytes`;
      },
    },
    {
      id: 'unreachable-address',
      api: 'WSARecvFrom',
      says: 'A receive that fails with WSAECONNRESET tells whom the datagram was for that found nobody.',
      source: MSQUIC,
      windows: 'WSAECONNRESET, its port',
      wine: 'WSAEWOULDBLOCK, no port',
      reliedOn: ['datagram-receiver.ts unreachable'],
      async ask(on) {
        const s = nonBlocking(on.datagram());
        const nobody = on.refusing(w.SOCK_DGRAM);
        sendTo(s, 'x', nobody);
        await sleep(100);
        const name = anywhere();
        const buffers = w.arrayOf(w.WSABUF, [{ len: 8, buf: room(8) }]);
        const flags = w.ref(w.DWORD, 0);
        const from = w.cast(w.sockaddr, name);
        const length = w.ref(w.int, 16);
        const got = w.ref(w.DWORD);
        const result = w.WSARecvFrom(s, buffers, 1, got, flags, from, length, null, null);
        const code = result === 0 ? 'succeeds' : lastError();
        const told = name.sin_port;
        return `${code}, ${told === 0 ? 'no port' : told === nobody.sin_port ? 'its port' : 'another port'}`;
      },
    },
    {
      id: 'address-list-change',
      api: 'WSAIoctl',
      says: 'SIO_ADDRESS_LIST_CHANGE with an OVERLAPPED pends, also on a socket that does not block.',
      source: documented('winsock/winsock-ioctls'),
      windows: 'pends',
      reliedOn: ['address-watch.ts startAddressChange'],
      ask(on) {
        const s = nonBlocking(on.datagram());
        const overlapped = new w.OVERLAPPED({ hEvent: on.event() });
        const code = w.SIO_ADDRESS_LIST_CHANGE;
        const result = w.WSAIoctl(s, code, null, 0, null, 0, w.ref(w.DWORD), overlapped, null);
        if (result === 0) return 'succeeds';
        if (w.WSAGetLastError() !== w.WSA_IO_PENDING) return lastError();
        k.CancelIoEx(s, overlapped);
        k.WaitForSingleObject(overlapped.hEvent, WAIT_MILLISECONDS);
        return 'pends';
      },
    },
  ],
};
