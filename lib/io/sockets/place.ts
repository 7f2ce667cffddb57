/** What the options of `listen` and `connect` say of a place, and may not contradict. */
import type { Family } from '../families/family.ts';
import { checkedLater, memory, port, text } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';

interface Place {
  host?: string;
  address?: string;
  port?: number;
  path?: string;
  family?: Family | number;
  channel?: number;
  service?: string | number;
  vm?: string;
  bytes?: Uint8Array;
}

/** What these may be. What is of one family only is looked at when the address is encoded. */
export const PLACE: OptionTable<Place> = {
  host: text,
  address: text,
  port,
  path: text,
  family: checkedLater,
  channel: checkedLater,
  service: checkedLater,
  vm: checkedLater,
  bytes: memory,
};

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
