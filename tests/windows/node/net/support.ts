/** The same program over winsock/net and over node:net, for comparison. */
import nodeNet from 'node:net';
import type { Test } from 'tap';
import winsockNet from 'winsock/net';

/** What programs use of either; ours is given as what it stands for. */
export type Net = typeof nodeNet;

export const ours = winsockNet as unknown as Net;

/** What a program sees of an error. */
export function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const { code, errno, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  return { name, code, message, errno, syscall, address, port };
}

/** Runs a program over both, and compares what it gives. */
export async function same(
  t: Test,
  name: string,
  program: (net: Net) => unknown,
): Promise<unknown> {
  const expected = await program(nodeNet);
  const found = await program(ours);
  t.same(found, expected, name);
  return found;
}
