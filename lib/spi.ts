/**
 * The service provider interface of Windows Sockets 2 (ws2spi.h, sporder.h): the tables of transport
 * and name space providers, the functions that install, list, order and remove them, providers that a
 * program loads itself, and providers written in TypeScript.
 *
 * @module winsock/spi
 */
export * from '../defs/sporder.g.ts';
export * from '../defs/ws2spi.g.ts';
export * from './api/spi/index.ts';
