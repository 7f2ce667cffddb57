import type { Bound } from '../types/bound.ts';
import type { AnyCType } from '../types/ctype.ts';

export type Direction = 'in' | 'out' | 'inout';

/** Marks memory that the system keeps using after the call has returned. */
export const kept = 'kept';

/** Marks a pointer that must not be NULL: the system would not survive it. */
export const required = 'required';

/** Marks memory that a function frees, so that it must be memory that the system allocated. */
export const systemOwned = 'systemOwned';

/** Marks pages that a function maps or unmaps: JavaScript's own memory lies in pages with that of the run time. */
export const wholePages = 'wholePages';

type Mark = typeof kept | typeof required | typeof systemOwned | typeof wholePages;

export interface Parameter {
  readonly name: string;
  readonly type: AnyCType;
  readonly direction: Direction;
  readonly bound: Bound | undefined;
  readonly kept: boolean;
  readonly required: boolean;
  readonly systemOwned: boolean;
  readonly wholePages: boolean;
}

/** One parameter of a function: its C name and type, and for pointers what happens to the memory. */
export function p(
  name: string,
  type: AnyCType,
  ...rest: readonly (Direction | Bound | Mark)[]
): Parameter {
  let direction: Direction = 'in';
  let bound: Bound | undefined;
  const marks = new Set<Mark>();
  for (const item of rest) {
    if (typeof item === 'object') bound = item;
    else if (item === 'in' || item === 'out' || item === 'inout') direction = item;
    else marks.add(item);
  }
  return {
    name,
    type,
    direction,
    bound,
    kept: marks.has(kept),
    required: marks.has(required),
    systemOwned: marks.has(systemOwned),
    wholePages: marks.has(wholePages),
  };
}
