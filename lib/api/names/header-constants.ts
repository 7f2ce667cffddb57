import { HEADER_CONSTANTS } from './constants.g.ts';

/** The value of a constant, which some header has, by its name. */
export function constantNamed(name: string): number {
  for (const header of HEADER_CONSTANTS) {
    const value = header[name];
    if (typeof value === 'number') return value;
  }
  throw new TypeError(`no header has a constant ${name}`);
}
