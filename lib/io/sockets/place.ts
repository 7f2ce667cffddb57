/** What the options of `listen` and `connect` say of a place, and may not contradict. */
import type { Family } from '../families/family.ts';

interface Place {
  host?: string;
  address?: string;
  port?: number;
  path?: string;
  family?: Family | number;
}

/**
 * Refuses what is said beside the path of a Unix socket: it would mean nothing.
 *
 * @throws TypeError
 */
export function checkPathAlone({ host, address, port, family }: Place, where: string): void {
  const isAlone = host === undefined && address === undefined && port === undefined;
  if (isAlone && (family === undefined || family === 'Unix')) return;
  throw new TypeError(`${where} takes either a path or an address with its port`);
}
