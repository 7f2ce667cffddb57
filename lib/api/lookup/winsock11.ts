/**
 * What is left of Windows Sockets 1.1.
 *
 * Its functions are in ws2_32.dll, except that Winsock 2 has no blocking hooks: WSASetBlockingHook,
 * WSAUnhookBlockingHook, WSACancelBlockingCall and WSAIsBlocking are exported, but a program that
 * asked WSAStartup for version 2 gets WSAEOPNOTSUPP. Version 1.1 called the hook, in a loop, while a
 * call waited; nothing does so any more. Use WSAEventSelect, overlapped calls, or `.async`.
 *
 * wsock32.dll is the library of version 1.1. It hands most calls to ws2_32.dll, but it takes the
 * numbers that winsock.h had for the options of IPPROTO_IP, which Winsock 2 has changed.
 */

/**
 * The options of level IPPROTO_IP as wsock32.dll's setsockopt and getsockopt number them. The
 * functions of this package are those of ws2_32.dll, and take the constants of the same names.
 */
export const WSOCK32_IP_OPTIONS = {
  IP_OPTIONS: 1,
  IP_MULTICAST_IF: 2,
  IP_MULTICAST_TTL: 3,
  IP_MULTICAST_LOOP: 4,
  IP_ADD_MEMBERSHIP: 5,
  IP_DROP_MEMBERSHIP: 6,
  IP_TTL: 7,
  IP_TOS: 8,
  IP_DONTFRAGMENT: 9,
} as const;
