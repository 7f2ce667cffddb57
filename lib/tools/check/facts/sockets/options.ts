import * as w from '../../../../index.ts';
import {
  documented,
  type Fact,
  inferred,
  reference,
  type Source,
  type Topic,
  wineTest,
} from '../../fact.ts';
import { lastError, nonBlocking, optionOf, setOptionOf, verdict } from '../../session.ts';

const VALIDITY = wineTest('ws2_32/tests/sock.c:13667');

interface Row {
  readonly id: string;
  readonly says: string;
  readonly kind: readonly [type: number, family: number];
  readonly option: readonly [level: number, name: number, word: string];
  readonly windows: string;
  readonly wine?: string;
  readonly source?: Source;
}

/** A fact that reads an option of a socket that is new. */
function readOf({ id, says, kind, option, windows, wine, source = VALIDITY }: Row): Fact {
  const [level, name, word] = option;
  return {
    id,
    api: 'getsockopt',
    says,
    source,
    windows,
    ...(wine === undefined ? {} : { wine }),
    reliedOn: [`socket-option-table.ts ${word}`],
    ask: (on) => optionOf(on.socket(...kind), level, name),
  };
}

const TCP = [w.SOCK_STREAM, w.AF_INET] as const;
const UDP = [w.SOCK_DGRAM, w.AF_INET] as const;
const TCP6 = [w.SOCK_STREAM, w.AF_INET6] as const;

const reads: readonly Row[] = [
  {
    id: 'pktinfo-of-stream',
    says: 'IP_PKTINFO is for datagrams: on a stream it fails with WSAEINVAL.',
    kind: TCP,
    option: [w.IPPROTO_IP, w.IP_PKTINFO, 'IP_PKTINFO'],
    windows: 'WSAEINVAL',
  },
  {
    id: 'receive-ttl-of-stream',
    says: 'So does IP_RECVTTL.',
    kind: TCP,
    option: [w.IPPROTO_IP, w.IP_RECVTTL, 'IP_RECVTTL'],
    windows: 'WSAEINVAL',
  },
  {
    id: 'receive-tos-of-stream',
    says: 'So does IP_RECVTOS.',
    kind: TCP,
    option: [w.IPPROTO_IP, w.IP_RECVTOS, 'IP_RECVTOS'],
    windows: 'WSAEINVAL',
  },
  {
    id: 'multicast-ttl-of-stream',
    says: 'So does IP_MULTICAST_TTL.',
    kind: TCP,
    option: [w.IPPROTO_IP, w.IP_MULTICAST_TTL, 'IP_MULTICAST_TTL'],
    windows: 'WSAEINVAL',
  },
  {
    id: 'receive-broadcast-of-stream',
    says: 'So does IP_RECEIVE_BROADCAST.',
    kind: TCP,
    option: [w.IPPROTO_IP, w.IP_RECEIVE_BROADCAST, 'IP_RECEIVE_BROADCAST'],
    windows: 'WSAEINVAL',
    wine: 'WSAENOPROTOOPT',
  },
  {
    id: 'receive-errors-of-stream',
    says: 'So does IP_RECVERR.',
    kind: TCP,
    option: [w.IPPROTO_IP, w.IP_RECVERR, 'IP_RECVERR'],
    windows: 'WSAEINVAL',
    wine: 'WSAENOPROTOOPT',
  },
  {
    id: 'mtu-unconnected',
    says: 'IP_MTU needs a connection: without one it fails with WSAENOTCONN.',
    kind: UDP,
    option: [w.IPPROTO_IP, w.IP_MTU, 'IP_MTU'],
    windows: 'WSAENOTCONN',
    wine: 'WSAENOPROTOOPT',
  },
  {
    id: 'user-mtu',
    says: 'IP_USER_MTU can be read.',
    kind: UDP,
    option: [w.IPPROTO_IP, w.IP_USER_MTU, 'IP_USER_MTU'],
    windows: '-1',
    wine: 'WSAENOPROTOOPT',
    source: { kind: 'inferred', from: 'Wine’s test says that it succeeds, and not with what' },
  },
  {
    id: 'header-included-of-datagram',
    says: 'IP_HDRINCL is for raw sockets: on others it fails with WSAEINVAL.',
    kind: UDP,
    option: [w.IPPROTO_IP, w.IP_HDRINCL, 'IP_HDRINCL'],
    windows: 'WSAEINVAL',
  },
  {
    id: 'membership-is-not-read',
    says: 'IP_ADD_MEMBERSHIP cannot be read: WSAENOPROTOOPT.',
    kind: UDP,
    option: [w.IPPROTO_IP, w.IP_ADD_MEMBERSHIP, 'IP_MULTICAST_IF'],
    windows: 'WSAENOPROTOOPT',
  },
  {
    id: 'v6only-of-ipv4',
    says: 'IPV6_V6ONLY can be read of a socket of IPv4 too.',
    kind: TCP,
    option: [w.IPPROTO_IPV6, w.IPV6_V6ONLY, 'IPV6_V6ONLY'],
    windows: '1',
    wine: 'WSAEOPNOTSUPP',
    source: wineTest('ws2_32/tests/sock.c:7475'),
  },
  {
    id: 'v6only-default',
    says: 'A socket of IPv6 does not take IPv4, until IPV6_V6ONLY is switched off.',
    kind: TCP6,
    option: [w.IPPROTO_IPV6, w.IPV6_V6ONLY, 'IPV6_V6ONLY'],
    windows: '1',
    source: wineTest('ws2_32/tests/sock.c:7442'),
  },
  {
    id: 'tos-of-ipv6',
    says: 'IP_TOS of a socket of IPv6 fails with WSAEINVAL.',
    kind: TCP6,
    option: [w.IPPROTO_IP, w.IP_TOS, 'IP_TOS'],
    windows: 'WSAEINVAL',
    wine: '0',
    source: inferred('the option is documented, and not what it answers here'),
  },
  {
    id: 'type',
    says: 'SO_TYPE says what a socket was made as.',
    kind: UDP,
    option: [w.SOL_SOCKET, w.SO_TYPE, 'SO_TYPE'],
    windows: '2',
    source: documented('winsock/sol-socket-socket-options'),
  },
  {
    id: 'no-delay-default',
    says: 'TCP_NODELAY is off at first.',
    kind: TCP,
    option: [w.IPPROTO_TCP, w.TCP_NODELAY, 'TCP_NODELAY'],
    windows: '0',
    source: documented('winsock/ipproto-tcp-socket-options'),
  },
  {
    id: 'connect-time-unconnected',
    says: 'SO_CONNECT_TIME is -1 without a connection.',
    kind: TCP,
    option: [w.SOL_SOCKET, w.SO_CONNECT_TIME, 'SO_CONNECT_TIME'],
    windows: '-1',
    source: wineTest('ws2_32/tests/sock.c:14242'),
  },
  {
    id: 'largest-message',
    says: 'SO_MAX_MSG_SIZE of datagrams of IPv4 is 65507.',
    kind: UDP,
    option: [w.SOL_SOCKET, w.SO_MAX_MSG_SIZE, 'SO_MAX_MSG_SIZE'],
    windows: '65507',
    source: documented('winsock/sol-socket-socket-options'),
  },
  {
    id: 'segment-size',
    says: 'UDP_SEND_MSG_SIZE is known, and 0 at first.',
    kind: UDP,
    option: [w.IPPROTO_UDP, w.UDP_SEND_MSG_SIZE, 'UDP_SEND_MSG_SIZE'],
    windows: '0',
    wine: 'WSAEINVAL',
    source: inferred('the option is documented, and not what it answers here'),
  },
  {
    id: 'fast-open',
    says: 'TCP_FASTOPEN is known, and off at first.',
    kind: TCP,
    option: [w.IPPROTO_TCP, w.TCP_FASTOPEN, 'TCP_FASTOPEN'],
    windows: '0',
    wine: 'WSAENOPROTOOPT',
    source: inferred('the option is documented, and not what it answers here'),
  },
  {
    id: 'reuse-unicast-port',
    says: 'SO_REUSE_UNICASTPORT is known, and off at first.',
    kind: TCP,
    option: [w.SOL_SOCKET, w.SO_REUSE_UNICASTPORT, 'SO_REUSE_UNICASTPORT'],
    windows: '0',
    wine: 'WSAENOPROTOOPT',
    source: inferred('the option is documented, and not what it answers here'),
  },
];

export const options: Topic = {
  name: 'options',
  title: 'Options by kind of socket',
  facts: [
    ...reads.map(readOf),
    {
      id: 'unknown',
      api: 'getsockopt',
      says: 'An option that there is not fails with WSAENOPROTOOPT.',
      source: VALIDITY,
      windows: 'WSAENOPROTOOPT',
      reliedOn: ['socket-options.ts getsockopt'],
      ask: (on) => optionOf(on.socket(), w.IPPROTO_IP, -1),
    },
    {
      id: 'mtu-discovery-0',
      api: 'setsockopt',
      says: 'IP_MTU_DISCOVER takes no 0: WSAEINVAL.',
      source: VALIDITY,
      windows: 'WSAEINVAL',
      wine: 'WSAENOPROTOOPT',
      reliedOn: ['socket-option-table.ts IP_MTU_DISCOVER'],
      ask: (on) => setOptionOf(on.socket(w.SOCK_DGRAM), w.IPPROTO_IP, w.IP_MTU_DISCOVER, 0),
    },
    {
      id: 'set-type',
      api: 'setsockopt',
      says: 'Setting SO_TYPE fails with WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:3485'),
      windows: 'WSAEINVAL',
      wine: 'WSAENOPROTOOPT',
      reliedOn: ['socket-option-table.ts SO_TYPE'],
      ask: (on) => setOptionOf(on.socket(), w.SOL_SOCKET, w.SO_TYPE, w.SOCK_DGRAM),
    },
    {
      id: 'set-error',
      api: 'setsockopt',
      says: 'SO_ERROR keeps what it was set to.',
      source: wineTest('ws2_32/tests/sock.c:1537'),
      windows: 'succeeds, 123',
      wine: 'succeeds, 0',
      reliedOn: ['socket-option-table.ts SO_ERROR'],
      ask(on) {
        const s = on.socket();
        const how = setOptionOf(s, w.SOL_SOCKET, w.SO_ERROR, 123);
        return `${how}, ${optionOf(s, w.SOL_SOCKET, w.SO_ERROR)}`;
      },
    },
    {
      id: 'accepts-connections',
      api: 'getsockopt',
      says: 'SO_ACCEPTCONN is 1 for a listener.',
      source: wineTest('ws2_32/tests/sock.c:4306'),
      windows: '1',
      reliedOn: ['socket-option-table.ts SO_ACCEPTCONN'],
      ask: (on) => optionOf(on.listener(), w.SOL_SOCKET, w.SO_ACCEPTCONN),
    },
    {
      id: 'set-accepts-connections',
      api: 'setsockopt',
      says: 'SO_ACCEPTCONN cannot be set: WSAENOPROTOOPT.',
      source: wineTest('ws2_32/tests/sock.c:4286'),
      windows: 'WSAENOPROTOOPT',
      reliedOn: ['socket-option-table.ts SO_ACCEPTCONN'],
      ask: (on) => setOptionOf(on.socket(), w.SOL_SOCKET, w.SO_ACCEPTCONN, 1),
    },
    {
      id: 'short-value',
      api: 'getsockopt',
      says: 'An option that does not fit fails with WSAEFAULT.',
      source: reference('winsock/getsockopt'),
      windows: 'WSAEFAULT',
      reliedOn: ['socket-options.ts getsockopt'],
      ask(on) {
        const s = on.socket();
        const value = w.ref(w.int);
        return verdict(w.getsockopt(s, w.SOL_SOCKET, w.SO_RCVBUF, value, w.ref(w.int, 2)));
      },
    },
    {
      id: 'reuse-and-exclusive',
      api: 'setsockopt',
      says: 'SO_REUSEADDR after SO_EXCLUSIVEADDRUSE fails with WSAEINVAL.',
      source: documented('winsock/using-so-reuseaddr-and-so-exclusiveaddruse'),
      windows: 'WSAEINVAL',
      reliedOn: ['listening.ts exclusive'],
      ask(on) {
        const s = on.socket();
        setOptionOf(s, w.SOL_SOCKET, w.SO_EXCLUSIVEADDRUSE, 1);
        return setOptionOf(s, w.SOL_SOCKET, w.SO_REUSEADDR, 1);
      },
    },
    {
      id: 'keep-alive-count',
      api: 'setsockopt',
      says: 'TCP_KEEPCNT can be set from Windows 10 1703 on.',
      source: wineTest('ws2_32/tests/sock.c:1479'),
      windows: [
        { build: 0, answer: 'WSAENOPROTOOPT' },
        { build: 15063, answer: 'succeeds' },
      ],
      reliedOn: ['socket-option-table.ts TCP_KEEPCNT'],
      ask: (on) => setOptionOf(on.socket(), w.IPPROTO_TCP, w.TCP_KEEPCNT, 5),
    },
    {
      id: 'keep-alive-idle',
      api: 'setsockopt',
      says: 'TCP_KEEPIDLE can be set from Windows 10 1709 on.',
      source: documented('winsock/ipproto-tcp-socket-options'),
      windows: [
        { build: 0, answer: 'WSAENOPROTOOPT' },
        { build: 16299, answer: 'succeeds' },
      ],
      reliedOn: ['socket-option-table.ts TCP_KEEPIDLE'],
      ask: (on) => setOptionOf(on.socket(), w.IPPROTO_TCP, w.TCP_KEEPIDLE, 60),
    },
    {
      id: 'keep-alive-values',
      api: 'WSAIoctl',
      says: 'SIO_KEEPALIVE_VALS sets time and interval at once.',
      source: wineTest('ws2_32/tests/sock.c:5899'),
      windows: 'succeeds',
      reliedOn: ['socket-options.ts SIO_KEEPALIVE_VALS'],
      ask(on) {
        const values = new w.tcp_keepalive({
          onoff: 1,
          keepalivetime: 60_000,
          keepaliveinterval: 1000,
        });
        const none = w.ref(w.DWORD);
        const s = on.socket();
        return verdict(w.WSAIoctl(s, w.SIO_KEEPALIVE_VALS, values, 12, null, 0, none, null, null));
      },
    },
    {
      id: 'blocking-while-events-are-selected',
      api: 'ioctlsocket',
      says: 'A socket whose events are selected cannot be made blocking: WSAEINVAL.',
      source: wineTest('ws2_32/tests/sock.c:5871'),
      windows: 'WSAEINVAL',
      reliedOn: ['threads/events.ts WSAEventSelect'],
      ask(on) {
        const s = nonBlocking(on.socket());
        w.WSAEventSelect.orThrow(s, on.event(), w.FD_READ);
        return verdict(w.ioctlsocket(s, w.FIONBIO, w.ref(w.u_long, 0)));
      },
    },
    {
      id: 'send-buffer-0',
      api: 'setsockopt',
      says: 'SO_SNDBUF can be 0, so that a send waits for the peer.',
      source: documented('winsock/sol-socket-socket-options'),
      windows: 'succeeds, 0',
      reliedOn: ['socket-option-table.ts SO_SNDBUF'],
      ask(on) {
        const s = on.socket();
        const how = setOptionOf(s, w.SOL_SOCKET, w.SO_SNDBUF, 0);
        return `${how}, ${optionOf(s, w.SOL_SOCKET, w.SO_SNDBUF)}`;
      },
    },
    {
      id: 'initial-rto',
      api: 'WSAIoctl',
      says: 'SIO_TCP_INITIAL_RTO can forbid a connect to ask again, from Windows 10 1709 on.',
      source: { kind: 'stated', by: 'libuv', at: 'src/win/tcp.c:856' },
      windows: [
        { build: 0, answer: 'WSAEINVAL' },
        { build: 16299, answer: 'succeeds' },
      ],
      wine: 'WSAEOPNOTSUPP',
      reliedOn: ['connect.ts connect'],
      ask(on) {
        const value = new w.TCP_INITIAL_RTO_PARAMETERS({
          Rtt: w.TCP_INITIAL_RTO_UNSPECIFIED_RTT,
          MaxSynRetransmissions: w.TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS,
        });
        const none = w.ref(w.DWORD);
        const bytes = w.sizeof(value);
        const s = on.socket();
        return verdict(
          w.WSAIoctl(s, w.SIO_TCP_INITIAL_RTO, value, bytes, null, 0, none, null, null),
        );
      },
    },
    {
      id: 'tcp-info',
      api: 'WSAIoctl',
      says: 'SIO_TCP_INFO tells of a connection, from Windows 10 1703 on.',
      source: documented('winsock/winsock-ioctls'),
      windows: 'established',
      wine: 'WSAEOPNOTSUPP',
      reliedOn: ['mstcpip.g.ts SIO_TCP_INFO'],
      ask(on) {
        const [client] = on.pair();
        const version = w.ref(w.DWORD, 0);
        const info = new w.TCP_INFO_v0();
        const bytes = w.ref(w.DWORD);
        const room = w.sizeof(info);
        const result = w.WSAIoctl(
          client,
          w.SIO_TCP_INFO,
          version,
          4,
          info,
          room,
          bytes,
          null,
          null,
        );
        if (result !== 0) return lastError();
        return info.State === w.TCPSTATE_ESTABLISHED ? 'established' : String(info.State);
      },
    },
    {
      id: 'debug-last-error',
      api: 'getsockopt',
      says: 'Reading SO_DEBUG succeeds.',
      source: wineTest('ws2_32/tests/sock.c:13603'),
      windows: '0',
      reliedOn: ['socket-option-table.ts SO_DEBUG'],
      ask: (on) => optionOf(on.socket(), w.SOL_SOCKET, w.SO_DEBUG),
    },
  ],
};
