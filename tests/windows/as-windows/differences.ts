// What the stand-in that answers as Windows covers: its switches, and the facts that it changes.

export interface Difference {
  /** The name in tests/native/as-windows/switches.c. */
  readonly name: string;
  /** The facts that answer as on Windows with it, and otherwise without. */
  readonly facts: readonly string[];
  /** What it shows where no fact can. */
  readonly also?: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'refused-late',
    facts: ['errors/receive-while-connecting', 'options/initial-rto'],
    also: 'a refused connection of this computer takes two seconds, unless SIO_TCP_INITIAL_RTO has forbidden it to ask again',
  },
  {
    name: 'unspecified',
    facts: ['errors/connect-unspecified', 'errors/connect-port-0', 'datagrams/send-to-unspecified'],
  },
  {
    name: 'unbound-receive',
    facts: ['datagrams/unbound-receive', 'datagrams/unbound-overlapped-receive'],
  },
  {
    name: 'unreachable',
    facts: ['datagrams/unreachable-port', 'sending/unreachable-address'],
  },
  {
    name: 'receive-fails',
    facts: [],
    also: 'each receive of a datagram fails with WSAENETDOWN, as after an interface has gone',
  },
  {
    name: 'coalesced',
    facts: ['datagrams/coalescing'],
    also: 'datagrams of one peer and length come as one, with their length in the control data',
  },
  {
    name: 'send-control',
    facts: ['sending/source-address', 'sending/segments'],
    also: 'its type of service and its congestion notification too',
  },
  {
    name: 'source-groups',
    facts: [],
    also: 'IPv6 has memberships of one source (MCAST_JOIN_SOURCE_GROUP and its neighbours)',
  },
  {
    name: 'interface-order',
    facts: [],
    also: 'IPV6_UNICAST_IF is an index in the order of the host',
  },
  {
    name: 'address-change',
    facts: [],
    also: 'an interface comes and goes when a test says so, and SIO_ADDRESS_LIST_CHANGE tells it',
  },
  {
    name: 'long-datagram',
    facts: ['completion/skip-packet-of-truncated-datagram', 'datagrams/short-from-length'],
  },
  {
    name: 'long-datagram-twice',
    facts: [],
    also: 'a datagram longer than the buffer fails at once and sends a packet too, as old systems do',
  },
  {
    name: 'accept-fails',
    facts: [],
    also: 'the first six AcceptEx of a process fail with WSAENOBUFS, as where memory is short',
  },
  {
    name: 'clients-gone',
    facts: [],
    also: 'the first AcceptEx of a process fail as of clients that have gone: at once, at their end, or when their context is to be updated',
  },
  {
    name: 'many-clients-gone',
    facts: [],
    also: 'more than a thousand AcceptEx in a row fail with WSAECONNRESET',
  },
  { name: 'aborted', facts: ['errors/receive-after-send-to-closed'] },
  {
    name: 'closed-receive',
    facts: [
      'cancel-close/close-with-pending-receive',
      'cancel-close/close-datagram-with-pending-receive',
    ],
  },
  { name: 'cancel-all', facts: ['cancel-close/cancel-one-of-two-receives'] },
  {
    name: 'cancelled-file',
    facts: ['extension-functions/transmit-cancelled'],
    also: 'the connection of a TransmitFile that is cancelled ends with it',
  },
  {
    name: 'disconnect-packet',
    facts: ['extension-functions/disconnect-packet'],
  },
  {
    name: 'lingering',
    facts: [],
    also: 'closesocket waits for SO_LINGER, or fails with WSAEWOULDBLOCK where the socket does not block',
  },
  {
    name: 'exclusive',
    facts: ['addresses/exclusive-restart'],
  },
  { name: 'error-option', facts: ['errors/error-option-after-refused'] },
  { name: 'last-error', facts: ['errors/cleanup-last-error'] },
  { name: 'not-connected', facts: ['errors/send-unconnected'] },
  {
    name: 'layered',
    facts: [],
    also: 'sockets are of a layered provider: without XP1_IFS_HANDLES, cancelled at their base handle only',
  },
  {
    name: 'tcp-info',
    facts: [],
    also: 'TCP_INFO_v0 to v2, each word of which says where it is',
  },
  {
    name: 'peer-process',
    facts: [],
    also: 'the process at the other end of a Unix socket',
  },
  {
    name: 'replace-port',
    facts: [],
    also: 'a socket can be taken off its completion port (FileReplaceCompletionInformation), and put on another',
  },
  {
    name: 'unix',
    facts: ['unix/exists'],
    also: 'all other facts of AF_UNIX, but that its file is a reparse point',
  },
  {
    name: 'unix-backlog',
    facts: [],
    also: 'listen of AF_UNIX refuses the hint of SOMAXCONN_HINT (whether it does is not known)',
  },
  {
    name: 'bluetooth',
    facts: [],
    also: 'there is a radio: AF_BTH has RFCOMM, to itself, and NS_BTH has the services that were registered',
  },
  {
    name: 'hyper-v',
    facts: [],
    also: 'AF_HYPERV has streams, of which both ends are on this computer',
  },
  {
    name: 'callbacks',
    facts: ['callbacks/initial-notification', 'callbacks/bad-family'],
    also: 'changes of the network are told by threads of the system; cancelling waits for them',
  },
  { name: 'deep-lookup', facts: [], also: 'lookups use 192 KiB of the stack of their caller' },
  {
    name: 'slow-lookup',
    facts: [],
    also: 'names that begin with "slow." are looked up until somebody gives up',
  },
  { name: 'not-wine', facts: [], also: 'ntdll has no wine_get_version' },
];
