/** A socket of the built-in module behind one of ours, which was told to connect to a named pipe. */

import type net from 'node:net';
import type { Duplex } from 'node:stream';
import * as builtIn from './built-in.ts';

/** The stream in front, with what is of the class that it has. */
export interface Front extends Duplex {
  connecting: boolean;
  bytesRead: number;
}

/** Connects elsewhere, and hands on what is told there. */
export function connectElsewhere(front: Front, options: net.IpcNetConnectOpts): net.Socket {
  const socket = builtIn.connect({ ...options, allowHalfOpen: true } as net.IpcNetConnectOpts);
  front.connecting = true;
  socket.on('connect', () => {
    front.connecting = false;
    front.emit('connect');
    front.emit('ready');
  });
  socket.on('data', (chunk: Buffer) => {
    front.bytesRead += chunk.length;
    if (!front.push(chunk)) socket.pause();
  });
  socket.on('end', () => {
    front.push(null);
    front.read(0);
  });
  socket.on('error', (error) => front.destroy(error));
  socket.on('close', () => {
    if (!front.readableLength) front.destroy();
  });
  return socket;
}
