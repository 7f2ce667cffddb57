/** What people who met an error asked about it in public, and what it was: two lines each, and where to read on. */
export interface Cause {
  readonly what: string;
  readonly remedy: string;
  readonly see?: string;
}

const LEARN = 'https://learn.microsoft.com/windows/win32';

export const CAUSES: Readonly<Record<number, readonly Cause[]>> = {
  10013: [
    {
      what: 'bind or listen on a port that nothing uses: it lies in a range that is reserved, often by Hyper-V or a container.',
      remedy:
        '`netsh int ipv4 show excludedportrange protocol=tcp` lists the ranges; take another port.',
      see: 'https://learn.microsoft.com/troubleshoot/windows-server/networking/error-10013-wsaeacces-is-returned',
    },
    {
      what: 'socket with SOCK_RAW: raw sockets are for administrators.',
      remedy: 'Start the program elevated; for a ping use IcmpSendEcho, which everybody may.',
      see: `${LEARN}/winsock/tcp-ip-raw-sockets-2`,
    },
    {
      what: 'sendto to a broadcast address.',
      remedy:
        'setsockopt SO_BROADCAST first; `broadcast: true` among the socketOptions of winsock/io.',
      see: `${LEARN}/api/winsock/nf-winsock-sendto`,
    },
  ],
  10022: [
    {
      what: 'ConnectEx on a socket that is not bound.',
      remedy: 'bind it first, to the unspecified address and port 0; connect needs none.',
      see: `${LEARN}/api/mswsock/nc-mswsock-lpfn_connectex`,
    },
    {
      what: 'recvfrom or getsockname on a datagram socket that is not bound, accept before listen, bind twice.',
      remedy: 'bind, or send first, which binds.',
    },
  ],
  10038: [
    {
      what: 'A number that was a socket once: it is closed, and may be somebody else’s by now.',
      remedy: '`WINSOCK_TRACE=closesocket,socket` shows where it was closed.',
    },
  ],
  10048: [
    {
      what: 'bind: another program, or the last run of this one, has the port.',
      remedy:
        '`netstat -ano | findstr :PORT` tells the process; tcpTable() of winsock/iphlpapi does the same.',
    },
    {
      what: 'connect, after thousands of short connections: the ports of this computer wait in TIME_WAIT.',
      remedy:
        'Keep connections open and use them again; `netsh int ipv4 show dynamicport tcp` tells how many ports there are.',
      see: 'https://learn.microsoft.com/troubleshoot/windows-client/networking/tcp-ip-port-exhaustion-troubleshooting',
    },
  ],
  10049: [
    {
      what: 'bind to an address that no interface of this computer has: of another machine, or of a VPN that is down.',
      remedy: 'GetAdaptersAddresses or networkInterfaces() of winsock/io list the addresses.',
    },
    {
      what: 'connect to 0.0.0.0 or to port 0, which other systems take for this computer.',
      remedy: 'Write 127.0.0.1; winsock/io does so by itself.',
      see: `${LEARN}/api/winsock2/nf-winsock2-connect`,
    },
  ],
  10054: [
    {
      what: 'recvfrom of a datagram socket: something that was sent before met a closed port.',
      remedy:
        'WSAIoctl SIO_UDP_CONNRESET with FALSE turns it off; winsock/io does so unless `connectionReset` is asked for.',
      see: 'https://support.microsoft.com/help/263823',
    },
    {
      what: 'TCP: the peer crashed, closed with data unread, or with a linger of 0.',
      remedy: 'It is an end of the connection like any other: close the socket.',
    },
  ],
  10055: [
    {
      what: 'Thousands of connections in a short time: no port is free, or the memory of the kernel for sockets is used up.',
      remedy: 'Look at the handles of the process and at `netstat -an`; close what is done with.',
      see: 'https://learn.microsoft.com/troubleshoot/windows-client/networking/tcp-ip-port-exhaustion-troubleshooting',
    },
  ],
  10057: [
    {
      what: 'getpeername, shutdown or setsockopt on a socket of AcceptEx or ConnectEx, although data flow.',
      remedy:
        'setsockopt SO_UPDATE_ACCEPT_CONTEXT or SO_UPDATE_CONNECT_CONTEXT first; winsock/io does so by itself.',
      see: `${LEARN}/api/mswsock/nf-mswsock-acceptex`,
    },
    {
      what: 'send on a socket whose connect has not ended, or has failed.',
      remedy: 'Wait until it is writable, and ask SO_ERROR.',
    },
  ],
  10060: [
    {
      what: 'connect: nobody answered within about 21 seconds. A firewall drops the packets, or the address is wrong.',
      remedy:
        'A port that is merely closed says WSAECONNREFUSED at once; winsock/io has `timeout` for less patience.',
    },
    {
      what: 'recv with SO_RCVTIMEO: the time is over.',
      remedy: 'The socket is in an unknown state then, says the documentation: close it.',
      see: `${LEARN}/winsock/sol-socket-socket-options`,
    },
  ],
  10061: [
    {
      what: 'Nobody listens at that address and port: the server is down, or listens at 127.0.0.1 or at ::1 only.',
      remedy: '`netstat -an | findstr LISTENING` on the server; `localhost` means ::1 first.',
    },
  ],
  10093: [
    {
      what: 'WSAStartup was not called, or WSACleanup once too often. The run time’s own sockets fail then as well.',
      remedy: 'One WSACleanup for each WSAStartup; winsock/io needs neither.',
      see: `${LEARN}/api/winsock2/nf-winsock2-wsacleanup`,
    },
  ],
  10106: [
    {
      what: 'A child process was given an environment without SystemRoot: Winsock does not find its providers.',
      remedy: 'Hand on the environment, `env: { ...process.env, … }`, or at least SystemRoot.',
      see: 'https://docs.python.org/3/library/subprocess.html#subprocess.Popen',
    },
    {
      what: 'The catalog of providers is damaged, often by a security program that was removed.',
      remedy:
        '`npx winsock catalog` lists it; `netsh winsock reset` as administrator makes it anew, after a restart.',
      see: 'https://support.microsoft.com/help/811259',
    },
  ],
  10108: [
    {
      what: 'WSALookupServiceBegin for Bluetooth (NS_BTH): there is no radio, or it is switched off (as others report it).',
      remedy: 'Switch it on, or take it as “no devices”.',
      see: `${LEARN}/bluetooth/bluetooth-and-wsalookupservicebegin-for-device-inquiry`,
    },
    {
      what: 'getaddrinfo with a service that is no name of the system’s services file.',
      remedy: 'Give the port as a number in text: `"80"`.',
    },
  ],
  11001: [
    {
      what: 'No such name: misspelt, or known only to another DNS, as behind a VPN.',
      remedy: '`nslookup NAME` asks DNS alone; getaddrinfo also asks the hosts file.',
    },
  ],
};
