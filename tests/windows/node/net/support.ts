/** The same program over winsock/net and over node:net, for comparison. */
import { once } from 'node:events';
import nodeNet from 'node:net';
import type { Test } from 'tap';
import winsockNet from 'winsock/net';

/** What programs use of either; ours is given as what it stands for. */
export type Net = typeof nodeNet;

export const ours = winsockNet as unknown as Net;

export const host = '127.0.0.1';

/** What a program sees of an error. */
export function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const { code, errno, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const errors = error instanceof AggregateError ? { errors: error.errors.map(told) } : {};
  return { name, code, message, errno, syscall, address, port, ...errors };
}

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

/** Notes the events of an emitter, and what they tell. */
export function log(
  into: unknown[],
  name: string,
  emitter: NodeJS.EventEmitter,
  events: readonly string[],
): void {
  for (const event of events) {
    emitter.on(event, (...details: unknown[]) => {
      into.push([
        `${name} ${event}`,
        ...details.map((one) => (Buffer.isBuffer(one) ? one.toString() : told(one))),
      ]);
    });
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

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = nodeNet.createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One program, and the ports that are others each time. */
export type Program = (net: Net, ports: number[]) => unknown;

async function outcome(program: Program, net: Net): Promise<unknown> {
  const ports: number[] = [];
  const result = (await program(net, ports)) ?? null;
  const named = (text: string) =>
    ports.reduce((sum, port, at) => sum.replaceAll(String(port), `<port ${at}>`), text);
  const text = JSON.stringify(result, (_, value) => {
    if (value === undefined) return 'undefined';
    if (typeof value === 'string') return named(value);
    return ports.includes(value) ? named(String(value)) : value;
  });
  return JSON.parse(text);
}

/** Runs programs over both, and compares what they give. */
export function same(t: Test, programs: Readonly<Record<string, Program>>): void {
  for (const [name, program] of Object.entries(programs)) {
    t.test(name, async (t) => {
      const expected = await outcome(program, nodeNet);
      t.same(await outcome(program, ours), expected);
    });
  }
}
