/**
 * What the Winsock headers have beyond data: their macros and inline functions, under their C names;
 * and names for numbers.
 */
export * from './address-families.ts';
export * from './address-initializers.ts';
export * from './address-scope.ts';
export * from './byte-order.ts';
export * from './cmsg.ts';
export * from './error-text.ts';
export * from './fd-set.ts';
export * from './hostent.ts';
export * from './inet.ts';
export * from './inetaddr.ts';
export type { InlineFunction } from './inline-function.ts';
export * from './ioctl-codes.ts';
export * from './ipv4.ts';
export * from './ipv4-sockaddr.ts';
export * from './ipv6.ts';
export * from './ipv6-embedded-ipv4.ts';
export * from './ipv6-sockaddr.ts';
export * from './multicast-filters.ts';
export * from './name-service.ts';
export * from './other-families.ts';
export * from './rio-cmsg.ts';
export * from './select-message.ts';
export * from './service-ids.ts';
export * from './socket-options.ts';
export * from './timeval.ts';
export * from './well-known-addresses.ts';
export * from './winsock11.ts';
export * from './words.ts';
