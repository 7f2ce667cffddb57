import { SOL_SOCKET } from '../../../defs/winsock2.g.ts';
import { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP } from '../../../defs/ws2def.g.ts';

/**
 * How a value looks. `interface` is an interface of IPv4, by an address of it or by its index;
 * `index` is such an index, in network byte order where C sees it.
 */
export type OptionKind = 'flag' | 'number' | 'linger' | 'interface' | 'index';

type Entry = readonly [constant: string, level: number, option: number, OptionKind, 'get'?];

/** The options by our names: C's name and numbers, how the value looks, and whether it only tells. */
export const SOCKET_OPTIONS = {
  acceptsConnections: ['SO_ACCEPTCONN', SOL_SOCKET, 0x0002, 'flag', 'get'],
  broadcast: ['SO_BROADCAST', SOL_SOCKET, 0x0020, 'flag'],
  conditionalAccept: ['SO_CONDITIONAL_ACCEPT', SOL_SOCKET, 0x3002, 'flag'],
  /** Seconds since the connection was made; -1 where there is none. */
  connectTime: ['SO_CONNECT_TIME', SOL_SOCKET, 0x700c, 'number', 'get'],
  debug: ['SO_DEBUG', SOL_SOCKET, 0x0001, 'flag'],
  dontLinger: ['SO_DONTLINGER', SOL_SOCKET, ~0x0080, 'flag'],
  dontRoute: ['SO_DONTROUTE', SOL_SOCKET, 0x0010, 'flag'],
  /** The error that is waiting, which reading clears; 0 for none. */
  error: ['SO_ERROR', SOL_SOCKET, 0x1007, 'number', 'get'],
  exclusiveAddressUse: ['SO_EXCLUSIVEADDRUSE', SOL_SOCKET, ~0x0004, 'flag'],
  keepAlive: ['SO_KEEPALIVE', SOL_SOCKET, 0x0008, 'flag'],
  linger: ['SO_LINGER', SOL_SOCKET, 0x0080, 'linger'],
  maxMessageSize: ['SO_MAX_MSG_SIZE', SOL_SOCKET, 0x2003, 'number', 'get'],
  outOfBandInline: ['SO_OOBINLINE', SOL_SOCKET, 0x0100, 'flag'],
  pauseAccept: ['SO_PAUSE_ACCEPT', SOL_SOCKET, 0x3003, 'flag'],
  portScalability: ['SO_PORT_SCALABILITY', SOL_SOCKET, 0x3006, 'flag'],
  randomizePort: ['SO_RANDOMIZE_PORT', SOL_SOCKET, 0x3005, 'flag'],
  receiveBuffer: ['SO_RCVBUF', SOL_SOCKET, 0x1002, 'number'],
  /** Milliseconds, for calls that block. */
  receiveTimeout: ['SO_RCVTIMEO', SOL_SOCKET, 0x1006, 'number'],
  reuseAddress: ['SO_REUSEADDR', SOL_SOCKET, 0x0004, 'flag'],
  reuseMulticastPort: ['SO_REUSE_MULTICASTPORT', SOL_SOCKET, 0x3008, 'flag'],
  reuseUnicastPort: ['SO_REUSE_UNICASTPORT', SOL_SOCKET, 0x3007, 'flag'],
  sendBuffer: ['SO_SNDBUF', SOL_SOCKET, 0x1001, 'number'],
  /** Milliseconds, for calls that block. */
  sendTimeout: ['SO_SNDTIMEO', SOL_SOCKET, 0x1005, 'number'],
  type: ['SO_TYPE', SOL_SOCKET, 0x1008, 'number', 'get'],

  congestionAlgorithm: ['TCP_CONGESTION_ALGORITHM', IPPROTO_TCP, 12, 'number'],
  delayFinAck: ['TCP_DELAY_FIN_ACK', IPPROTO_TCP, 13, 'flag'],
  expedited1122: ['TCP_EXPEDITED_1122', IPPROTO_TCP, 2, 'flag'],
  failConnectOnIcmpError: ['TCP_FAIL_CONNECT_ON_ICMP_ERROR', IPPROTO_TCP, 18, 'flag'],
  fastOpen: ['TCP_FASTOPEN', IPPROTO_TCP, 15, 'flag'],
  keepAliveCount: ['TCP_KEEPCNT', IPPROTO_TCP, 16, 'number'],
  /** Seconds. */
  keepAliveIdle: ['TCP_KEEPIDLE', IPPROTO_TCP, 3, 'number'],
  /** Seconds. */
  keepAliveInterval: ['TCP_KEEPINTVL', IPPROTO_TCP, 17, 'number'],
  /** Seconds. */
  maxRetransmission: ['TCP_MAXRT', IPPROTO_TCP, 5, 'number'],
  maxRetransmissionMilliseconds: ['TCP_MAXRTMS', IPPROTO_TCP, 14, 'number'],
  noDelay: ['TCP_NODELAY', IPPROTO_TCP, 1, 'flag'],
  noSynRetries: ['TCP_NOSYNRETRIES', IPPROTO_TCP, 9, 'flag'],
  noUrgent: ['TCP_NOURG', IPPROTO_TCP, 7, 'flag'],
  timestamps: ['TCP_TIMESTAMPS', IPPROTO_TCP, 10, 'flag'],

  checksumCoverage: ['UDP_CHECKSUM_COVERAGE', IPPROTO_UDP, 20, 'flag'],
  noChecksum: ['UDP_NOCHECKSUM', IPPROTO_UDP, 1, 'flag'],
  /** Datagrams of one sender may come together, up to so many bytes. */
  receiveCoalesced: ['UDP_RECV_MAX_COALESCED_SIZE', IPPROTO_UDP, 3, 'number'],
  /** What is sent goes out as datagrams of this size. */
  sendSegment: ['UDP_SEND_MSG_SIZE', IPPROTO_UDP, 2, 'number'],

  dontFragment: ['IP_DONTFRAGMENT', IPPROTO_IP, 14, 'flag'],
  headerIncluded: ['IP_HDRINCL', IPPROTO_IP, 2, 'flag'],
  mtu: ['IP_MTU', IPPROTO_IP, 73, 'number', 'get'],
  mtuDiscover: ['IP_MTU_DISCOVER', IPPROTO_IP, 71, 'number'],
  multicastInterface: ['IP_MULTICAST_IF', IPPROTO_IP, 9, 'interface'],
  multicastLoop: ['IP_MULTICAST_LOOP', IPPROTO_IP, 11, 'flag'],
  multicastTtl: ['IP_MULTICAST_TTL', IPPROTO_IP, 10, 'number'],
  packetInfo: ['IP_PKTINFO', IPPROTO_IP, 19, 'flag'],
  receiveBroadcast: ['IP_RECEIVE_BROADCAST', IPPROTO_IP, 22, 'flag'],
  receiveEcn: ['IP_RECVECN', IPPROTO_IP, 50, 'flag'],
  receiveErrors: ['IP_RECVERR', IPPROTO_IP, 75, 'flag'],
  receiveTos: ['IP_RECVTOS', IPPROTO_IP, 40, 'flag'],
  receiveTtl: ['IP_RECVTTL', IPPROTO_IP, 21, 'flag'],
  tos: ['IP_TOS', IPPROTO_IP, 3, 'number'],
  ttl: ['IP_TTL', IPPROTO_IP, 4, 'number'],
  unicastInterface: ['IP_UNICAST_IF', IPPROTO_IP, 31, 'index'],
  userMtu: ['IP_USER_MTU', IPPROTO_IP, 76, 'number'],

  /** Where in a raw packet its checksum is; -1 for none. */
  checksumV6: ['IPV6_CHECKSUM', IPPROTO_IPV6, 26, 'number'],
  dontFragmentV6: ['IPV6_DONTFRAG', IPPROTO_IPV6, 14, 'flag'],
  headerIncludedV6: ['IPV6_HDRINCL', IPPROTO_IPV6, 2, 'flag'],
  hopLimitV6: ['IPV6_UNICAST_HOPS', IPPROTO_IPV6, 4, 'number'],
  mtuDiscoverV6: ['IPV6_MTU_DISCOVER', IPPROTO_IPV6, 71, 'number'],
  mtuV6: ['IPV6_MTU', IPPROTO_IPV6, 72, 'number', 'get'],
  multicastHopsV6: ['IPV6_MULTICAST_HOPS', IPPROTO_IPV6, 10, 'number'],
  multicastInterfaceV6: ['IPV6_MULTICAST_IF', IPPROTO_IPV6, 9, 'number'],
  multicastLoopV6: ['IPV6_MULTICAST_LOOP', IPPROTO_IPV6, 11, 'flag'],
  packetInfoV6: ['IPV6_PKTINFO', IPPROTO_IPV6, 19, 'flag'],
  protectionLevelV6: ['IPV6_PROTECTION_LEVEL', IPPROTO_IPV6, 23, 'number'],
  receiveEcnV6: ['IPV6_RECVECN', IPPROTO_IPV6, 50, 'flag'],
  receiveErrorsV6: ['IPV6_RECVERR', IPPROTO_IPV6, 75, 'flag'],
  receiveHopLimitV6: ['IPV6_HOPLIMIT', IPPROTO_IPV6, 21, 'flag'],
  receiveTrafficClassV6: ['IPV6_RECVTCLASS', IPPROTO_IPV6, 40, 'flag'],
  unicastInterfaceV6: ['IPV6_UNICAST_IF', IPPROTO_IPV6, 31, 'number'],
  userMtuV6: ['IPV6_USER_MTU', IPPROTO_IPV6, 76, 'number'],
  v6Only: ['IPV6_V6ONLY', IPPROTO_IPV6, 27, 'flag'],
} as const satisfies Record<string, Entry>;
