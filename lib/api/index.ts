/** What the Winsock headers have beyond data: their macros and inline functions, under their C names. */
export * from './address-initializers.ts';
export * from './address-scope.ts';
export * from './byte-order.ts';
export * from './cmsg.ts';
export * from './fd-set.ts';
export * from './inet.ts';
export * from './inetaddr.ts';
export * from './ioctl-codes.ts';
export * from './ipv4.ts';
export * from './ipv4-sockaddr.ts';
export * from './ipv6.ts';
export * from './ipv6-embedded-ipv4.ts';
export * from './ipv6-sockaddr.ts';
export * from './select-message.ts';
export * from './timeval.ts';
export * from './well-known-addresses.ts';
export * from './words.ts';
