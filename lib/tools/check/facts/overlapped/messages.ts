import * as w from '../../../../index.ts';
import { type Topic, wineTest } from '../../fact.ts';
import {
  lastError,
  nameOf,
  room,
  type Session,
  sendTo,
  setOptionOf,
  waitReadable,
} from '../../session.ts';

/** Receives a datagram with its control data: the types of these, or the error. */
function receiveWith(on: Session, level: number, option: number, controlBytes = 256): string {
  const s = on.datagram();
  const how = setOptionOf(s, level, option, 1);
  if (how !== 'succeeds') return how;
  sendTo(on.datagram(), 'data', nameOf(s));
  waitReadable(s);
  const [data, control, name] = [room(16), room(Math.max(controlBytes, 1)), room(32)];
  const buffers = w.arrayOf(w.WSABUF, [{ len: 16, buf: data }]);
  const message = new w.WSAMSG({
    name,
    namelen: 32,
    lpBuffers: buffers,
    dwBufferCount: 1,
    dwFlags: 0,
  });
  message.Control.len = controlBytes;
  message.Control.buf = control;
  const bytes = w.ref(w.DWORD);
  if (w.WSARecvMsg(s, message, bytes, null, null) === w.SOCKET_ERROR) return lastError();
  const truncated = (message.dwFlags & w.MSG_CTRUNC) !== 0 ? ', truncated' : '';
  const view = new DataView(control.buffer);
  const has = message.Control.len >= 16 ? `type ${view.getInt32(12, true)}` : 'nothing';
  return `${has}${truncated}`;
}

export const messages: Topic = {
  name: 'messages',
  title: 'Messages and their control data',
  facts: [
    {
      id: 'packet-info',
      api: 'WSARecvMsg',
      says: 'With IP_PKTINFO a datagram tells where it was sent to.',
      source: wineTest('ws2_32/tests/sock.c:2631'),
      windows: 'type 19',
      reliedOn: ['control-messages.ts IP_PKTINFO'],
      ask: (on) => receiveWith(on, w.IPPROTO_IP, w.IP_PKTINFO),
    },
    {
      id: 'hop-limit',
      api: 'WSARecvMsg',
      says: 'With IP_RECVTTL it tells its hop limit: IP_TTL, from Windows 10 1703 on.',
      source: wineTest('ws2_32/tests/sock.c:2873'),
      windows: [
        { build: 0, answer: 'type 21' },
        { build: 15063, answer: 'type 4' },
      ],
      reliedOn: ['socket-option-table.ts IP_RECVTTL'],
      ask: (on) => receiveWith(on, w.IPPROTO_IP, w.IP_RECVTTL),
    },
    {
      id: 'type-of-service',
      api: 'WSARecvMsg',
      says: 'With IP_RECVTOS it tells its type of service: IP_TOS, from Windows 10 1703 on.',
      source: wineTest('ws2_32/tests/sock.c:2918'),
      windows: [
        { build: 0, answer: 'type 40' },
        { build: 15063, answer: 'type 3' },
      ],
      reliedOn: ['socket-option-table.ts IP_RECVTOS'],
      ask: (on) => receiveWith(on, w.IPPROTO_IP, w.IP_RECVTOS),
    },
    {
      id: 'short-control',
      api: 'WSARecvMsg',
      says: 'Control data that does not fit fails with WSAEMSGSIZE.',
      source: wineTest('ws2_32/tests/sock.c:2723'),
      windows: 'WSAEMSGSIZE',
      reliedOn: ['control-messages.ts controlMessages'],
      ask: (on) => receiveWith(on, w.IPPROTO_IP, w.IP_PKTINFO, 1),
    },
    {
      id: 'congestion',
      api: 'WSARecvMsg',
      says: 'With IP_RECVECN it tells of congestion: IP_ECN.',
      source: {
        kind: 'documented',
        url: 'https://learn.microsoft.com/windows/win32/winsock/winsock-ecn',
      },
      windows: 'type 50',
      wine: 'WSAENOPROTOOPT',
      reliedOn: ['socket-options.ts WSASetRecvIPEcn'],
      ask: (on) => receiveWith(on, w.IPPROTO_IP, w.IP_RECVECN),
    },
    {
      id: 'send-on-stream',
      api: 'WSASendMsg',
      says: 'WSASendMsg on a stream fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:7767'),
      windows: 'WSAEINVAL',
      wine: 'succeeds',
      reliedOn: ['message.ts WSASendMsg'],
      ask(on) {
        const [client] = on.pair();
        const data = room(4);
        const buffers = w.arrayOf(w.WSABUF, [{ len: 4, buf: data }]);
        const message = new w.WSAMSG({
          lpBuffers: buffers,
          dwBufferCount: 1,
        });
        const bytes = w.ref(w.DWORD);
        const result = w.WSASendMsg(client, message, 0, bytes, null, null);
        return result === 0 ? 'succeeds' : lastError();
      },
    },
    {
      id: 'receive-on-stream',
      api: 'WSARecvMsg',
      says: 'A stream has no WSARecvMsg: its pointer is refused, or the call.',
      source: {
        kind: 'documented',
        url: 'https://learn.microsoft.com/windows/win32/api/mswsock/nc-mswsock-lpfn_wsarecvmsg',
      },
      windows: 'refused',
      wine: 'WSAETIMEDOUT',
      reliedOn: ['message.ts WSARecvMsg'],
      ask(on) {
        const [client] = on.pair();
        w.setsockopt.orThrow(client, w.SOL_SOCKET, w.SO_RCVTIMEO, w.ref(w.DWORD, 50), 4);
        const data = room(4);
        const buffers = w.arrayOf(w.WSABUF, [{ len: 4, buf: data }]);
        const message = new w.WSAMSG({
          lpBuffers: buffers,
          dwBufferCount: 1,
        });
        try {
          const result = w.WSARecvMsg(client, message, w.ref(w.DWORD), null, null);
          const code = lastError();
          return result === 0 ? 'succeeds' : code === 'WSAETIMEDOUT' ? code : 'refused';
        } catch {
          return 'refused';
        }
      },
    },
  ],
};
