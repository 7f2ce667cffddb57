/**
 * Datagrams as node:dgram has them, over the completion port.
 *
 * @module
 */

export type { BindOptions, RemoteInfo, SocketOptions, SocketType } from 'node:dgram';
export { createSocket, default } from './node/dgram/index.ts';
export type { Sent } from './node/dgram/send-arguments.ts';
export { type Message, Socket } from './node/dgram/socket.ts';
