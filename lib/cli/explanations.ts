/** What error codes of sockets mean, and what usually is the cause. */
export const EXPLANATIONS: Readonly<Record<number, string>> = {
  6: 'The event or other handle is not valid: it was closed, or never was one.',
  8: 'There is not enough memory.',
  87: 'A parameter is not valid.',
  258: 'The time to wait was over.',
  995: 'The operation was cancelled: by CancelIoEx, by closing the socket, or because its thread ended.',
  996: 'The overlapped operation goes on and has no result yet.',
  997: 'The overlapped operation was started and goes on. This is no failure.',
  10004: 'A blocking call was ended by WSACancelBlockingCall.',
  10009: 'The file handle is not valid.',
  10013:
    'Not permitted: sending to a broadcast address without SO_BROADCAST, binding to a port that is reserved or that another program has for itself, or a raw socket without administrator rights.',
  10014:
    'An address given is not memory of the program, or a length is too small for what is to go there.',
  10022:
    'An argument is not valid, or not in this state of the socket: accept without listen, bind twice.',
  10024: 'Too many sockets are open.',
  10035:
    'Nothing can be done at once, and the socket does not block. Wait until it can be, and try again.',
  10036: 'A blocking call is in progress on this thread.',
  10037: 'The operation is in progress already: a second connect before the first has ended.',
  10038: 'The value is no socket. Often it was closed before.',
  10039: 'An address to send to is missing: the socket is not connected.',
  10040:
    'The datagram is larger than the system can send, or than the buffer it was to be received in. The rest is lost.',
  10041: 'The protocol does not go with the type of the socket, as UDP with SOCK_STREAM.',
  10042: 'There is no such option at this level, or not for this socket.',
  10043: 'The protocol is not installed.',
  10044: 'The address family has no sockets of this type.',
  10045: 'The socket cannot do that: accept on a datagram socket, for example.',
  10046: 'The protocol family is not installed.',
  10047: 'The address is of another family than the socket, or the family is not installed.',
  10048:
    'The address is in use: another socket is bound to the port, or connections of an earlier one linger. Also connect, where the same pair of addresses is connected already.',
  10049:
    'The address is none of this machine, or none that one can connect to, such as 0.0.0.0 or port 0.',
  10050: 'The network is down.',
  10051: 'There is no route to the network of that address.',
  10052:
    'The connection was ended because keep-alive found it broken. Of a datagram: its time to live was over.',
  10053:
    'This system gave the connection up: the peer did not acknowledge, or a local program interfered.',
  10054:
    'The peer reset the connection: its program ended, or closed with data unread or without lingering. Of a datagram socket: an earlier datagram came to a port where nobody listens.',
  10055: 'The system has no memory or no ports left for it.',
  10056: 'The socket is connected already.',
  10057: 'The socket is not connected, and no address was given.',
  10058: 'That direction was shut down by shutdown before.',
  10059: 'There are too many references to a kernel object.',
  10060: 'The peer did not answer in time, or the time of SO_RCVTIMEO or SO_SNDTIMEO was over.',
  10061: 'The peer refused the connection: nobody listens at that port.',
  10062: 'The name cannot be resolved for going in circles.',
  10063: 'The name is too long.',
  10064: 'The host is down.',
  10065: 'There is no route to the host.',
  10066: 'The directory is not empty.',
  10067: 'Too many processes use sockets.',
  10068: 'The quota of users is used up.',
  10069: 'The quota of disk space is used up.',
  10070: 'The file handle is no longer valid.',
  10071: 'The item is not on this machine.',
  10091: 'Winsock cannot start, since what it needs of the system is not available.',
  10092: 'The version asked for is not supported.',
  10093: 'WSAStartup was not called, or WSACleanup was called more often than it should.',
  10101: 'The peer has ended the connection in order.',
  10102: 'There are no more results.',
  10103: 'The call was cancelled.',
  10104: 'A service provider gave a table of procedures that is not valid.',
  10105: 'A service provider has a version that is not valid.',
  10106:
    'A service provider could not be loaded or started: its DLL is missing or its WSPStartup failed.',
  10107: 'A call of the system failed that never should.',
  10108: 'There is no such service in the name space.',
  10109: 'There is no such class, or no such name of the class.',
  10110: 'There are no more results: the end of WSALookupServiceNext.',
  10111: 'WSALookupServiceEnd was called while this call was in progress.',
  10112: 'A query of the data base was refused.',
  11001: 'There is no such host.',
  11002: 'The name server did not answer. Trying again may help.',
  11003: 'The name server failed, and trying again will not help.',
  11004:
    'The name exists, but has no data of the type asked for: no address of that family, for example.',
};

/** Where Microsoft documents a code. */
export function documentation(code: number): string {
  const sockets = (code >= 10000 && code < 11100) || [6, 8, 87, 995, 996, 997].includes(code);
  return sockets
    ? 'https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2'
    : 'https://learn.microsoft.com/windows/win32/debug/system-error-codes';
}
