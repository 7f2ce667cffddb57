/** What the tests have in common that run a program over winsock/dgram and over node:dgram. */
import nodeDgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import winsockDgram from 'winsock/dgram';
import { compare, type Program, told } from '../support.ts';

export { log, told, wait } from '../support.ts';

/** What programs use of either; ours is given as what it stands for. */
export type Dgram = typeof nodeDgram;

export const ours = winsockDgram as unknown as Dgram;

export const LOOPBACK = '127.0.0.1';

/** What a call gives or throws. */
export function attempt(call: () => unknown): unknown {
  try {
    return told(call());
  } catch (error) {
    return told(error);
  }
}

/** A socket that is bound to a port of the system's choice. */
export async function bound(dgram: Dgram): Promise<nodeDgram.Socket> {
  const socket = dgram.createSocket('udp4').bind(0, LOOPBACK);
  await once(socket, 'listening');
  return socket;
}

export const portOf = (socket: nodeDgram.Socket) => (socket.address() as AddressInfo).port;

export const closed = (socket: nodeDgram.Socket) =>
  new Promise<void>((resolve) => socket.close(resolve));

/** Runs programs over both, and compares what they give. */
export function same(t: Test, programs: Readonly<Record<string, Program<Dgram>>>): void {
  compare(t, { ours, nodes: nodeDgram }, programs);
}
