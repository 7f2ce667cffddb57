/** What the tests have in common that run a program over winsock/net and over node:net. */
import { once } from 'node:events';
import nodeNet from 'node:net';
import type { Test } from 'tap';
import winsockNet from 'winsock/net';
import { compare, type Program, told } from '../support.ts';

export { freePort } from '../../support/free-port.ts';
export { log, told, wait } from '../support.ts';

/** What programs use of either; ours is given as what it stands for. */
export type Net = typeof nodeNet;

export const host = '127.0.0.1';

/** What a call throws, if it does. */
export function thrown(call: () => unknown): unknown {
  try {
    const made = call() as { on?: (...args: unknown[]) => void; destroy?: () => void };
    made?.on?.('error', () => undefined);
    made?.destroy?.();
    return 'nothing thrown';
  } catch (error) {
    return told(error);
  }
}

export const SOCKET_EVENTS = [
  'lookup',
  'connectionAttempt',
  'connectionAttemptFailed',
  'connect',
  'ready',
  'data',
  'end',
  'timeout',
  'error',
  'close',
] as const;

/** A server that listens on the loopback, and its port. */
export async function listening(server: nodeNet.Server): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as nodeNet.AddressInfo).port;
}

export const ours = winsockNet as unknown as Net;

/** Runs programs over both, and compares what they give. */
export function same(t: Test, programs: Readonly<Record<string, Program<Net>>>): void {
  compare(t, { ours, nodes: nodeNet }, programs);
}
