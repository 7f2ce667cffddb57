/** What people want to do, in their words, and the names that do it. `npx winsock find` and the site look here too. */
export const TASKS: Readonly<Record<string, readonly string[]>> = {
  'ping icmp echo': ['IcmpSendEcho', 'Icmp6SendEcho2', 'IcmpCreateFile'],
  'process id pid of a port or connection who uses': [
    'tcpTable',
    'udpTable',
    'GetExtendedTcpTable',
    'TcpSocket.peerProcessId',
  ],
  'timeout time limit deadline': [
    'SO_RCVTIMEO',
    'SO_SNDTIMEO',
    'OperationOptions.timeout',
    'TcpSocket.setTimeout',
    'select',
  ],
  'cancel abort give up': ['OperationOptions.signal', 'CancelIoEx'],
  'local interface address of a datagram where it came from': [
    'UdpSocketOptions.details',
    'IP_PKTINFO',
    'WSARecvMsg',
  ],
  'list network interfaces adapters addresses own ip': [
    'networkInterfaces',
    'GetAdaptersAddresses',
    'GetIfTable2',
  ],
  'address changed interface watch notify': [
    'onUnicastIpAddressChange',
    'onIpInterfaceChange',
    'SIO_ADDRESS_LIST_CHANGE',
  ],
  'routing table default gateway route': ['GetBestRoute2', 'GetIpForwardTable2', 'onRouteChange'],
  'mac address arp neighbour': ['SendARP', 'ResolveIpNetEntry2', 'GetIpNetTable2'],
  'keep alive keepalive': ['SIO_KEEPALIVE_VALS', 'SO_KEEPALIVE', 'TcpSocket.setKeepAlive'],
  'nagle no delay': ['TCP_NODELAY'],
  'multicast group join': ['UdpSocket.join', 'IP_ADD_MEMBERSHIP', 'MCAST_JOIN_GROUP'],
  'broadcast everybody': ['SO_BROADCAST'],
  'non-blocking nonblocking ioctl': ['ioctlsocket', 'FIONBIO'],
  'address to text and back': [
    'addressText',
    'inet_ntop',
    'inet_pton',
    'InetNtop',
    'WSAAddressToString',
  ],
  'name lookup dns resolve host': ['getaddrinfo', 'GetAddrInfoExW', 'resolve'],
  'send a file': ['TransmitFile', 'TcpSocket.sendFile'],
  'share socket with another process': ['WSADuplicateSocket', 'SocketPasser'],
  'raw packets sniff capture': ['SIO_RCVALL', 'IP_HDRINCL'],
  'unix socket': ['sockaddr_un', 'AF_UNIX'],
  bluetooth: ['bluetoothDevices', 'findBluetoothServices', 'SOCKADDR_BTH'],
  'name of a number constant': ['nameOf', 'optionName', 'flagsOf', 'errorName'],
  'connection statistics rtt retransmit': [
    'TcpSocket.tcpInfo',
    'SIO_TCP_INFO',
    'GetPerTcpConnectionEStats',
  ],
  'wait for several sockets poll': ['WSAPoll', 'select', 'WSAWaitForMultipleEvents'],
  'ctrl-c console signal': ['SetConsoleCtrlHandler'],
};

/** Whether each word of a search is the beginning of one of the words of a task. */
export function namesForTask(words: readonly string[]): string[] {
  const found = Object.entries(TASKS).filter(([task]) => {
    const known = task.split(' ');
    return words.every((word) => known.some((one) => one.startsWith(word)));
  });
  return found.flatMap(([, names]) => names);
}

/** The tasks that something does, in their words; empty for most names. Of a method, those of its class. */
export function tasksOf(name: string): string {
  return Object.entries(TASKS)
    .filter(([, names]) => names.some((one) => one === name || one.startsWith(`${name}.`)))
    .map(([task]) => task)
    .join(', ');
}
