/** The same program over our stream and over node:net, for comparison. */
import { once } from 'node:events';
import net from 'node:net';
import type { Test } from 'tap';
import { createConnection } from 'winsock/io';

export type Options = net.NetConnectOpts & { port: number };

/** Libraries get it as it is, without a cast. */
export const ours = (options: Options, listener?: () => void): net.Socket =>
  createConnection(options, listener);
export const theirs = (options: Options, listener?: () => void): net.Socket =>
  net.createConnection(options, listener);

const EVENTS = ['lookup', 'connect', 'ready', 'end', 'finish', 'timeout', 'error', 'close'];

export interface Failure {
  code?: string;
  errno?: number;
  syscall?: string;
  address?: string;
  port?: number;
  hostname?: string;
}

/** What a program sees of an event. */
function seen(event: string, args: unknown[]): unknown[] {
  return [
    event,
    ...args.map((arg) => {
      if (!(arg instanceof Error)) return arg;
      const { code, errno, syscall, address, port, hostname } = arg as Failure;
      return { code, errno, syscall, address, port, hostname };
    }),
  ];
}

/** The events of a socket until it is closed. */
export async function logOf(socket: net.Socket): Promise<unknown[][]> {
  const log: unknown[][] = [];
  for (const event of EVENTS) socket.on(event, (...args) => log.push(seen(event, args)));
  if (!socket.closed) await new Promise((resolve) => socket.on('close', resolve));
  return log;
}

/** A server of node:net, which is the same for both. */
export async function serving(
  t: Test,
  onConnection: (socket: net.Socket) => void,
): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

export type Scenario = (connect: typeof ours) => Promise<unknown>;

export async function both(t: Test, scenario: Scenario): Promise<unknown> {
  const expected = await scenario(theirs);
  const actual = await scenario(ours);
  t.same(actual, expected);
  return actual;
}

export const host = '127.0.0.1';
