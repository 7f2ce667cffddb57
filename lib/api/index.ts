/**
 * What the Winsock headers have beyond data: their macros and inline functions, under their C names;
 * and names for numbers.
 */
export * from './addresses/address-families.ts';
export * from './addresses/address-initializers.ts';
export * from './addresses/address-scope.ts';
export * from './addresses/inet.ts';
export * from './addresses/inetaddr.ts';
export * from './addresses/ipv4.ts';
export * from './addresses/ipv4-sockaddr.ts';
export * from './addresses/ipv6.ts';
export * from './addresses/ipv6-embedded-ipv4.ts';
export * from './addresses/ipv6-sockaddr.ts';
export * from './addresses/other-families.ts';
export * from './addresses/well-known-addresses.ts';
export * from './lookup/hostent.ts';
export * from './lookup/name-service.ts';
export * from './lookup/service-ids.ts';
export * from './lookup/winsock11.ts';
export * from './macros/byte-order.ts';
export * from './macros/fd-set.ts';
export * from './macros/select-message.ts';
export * from './macros/timeval.ts';
export * from './macros/words.ts';
export * from './messages/cmsg.ts';
export * from './messages/rio-cmsg.ts';
export * from './names/error-text.ts';
export type { InlineFunction } from './options/inline-function.ts';
export * from './options/ioctl-codes.ts';
export * from './options/multicast-filters.ts';
export * from './options/socket-options.ts';
