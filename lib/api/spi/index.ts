/** What ws2spi.h is for beyond data: providers that are loaded, and providers that are written here. */
export * from './array-at.ts';
export * from './catalog.ts';
export * from './namespace-implementation.ts';
export * from './namespace-provider.ts';
export * from './query-set.ts';
export * from './service-class.ts';
export * from './transport-implementation.ts';
export * from './transport-provider.ts';
export * from './upcalls.ts';
