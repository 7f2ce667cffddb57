/**
 * Datagrams as node:dgram has them, over the completion port.
 *
 * @module
 */

export type { BindOptions, RemoteInfo, SocketOptions, SocketType } from 'node:dgram';
export { createSocket, default, Socket } from './node/dgram/index.ts';
export type { Sent } from './node/dgram/send-arguments.ts';
export type { Message } from './node/dgram/socket.ts';
