// Files of Node's tests that are known to fail over `winsock/register`, and why.

/**
 * Why a file fails:
 * `built-in`: it fails on Node's own modules under Wine as well;
 * `internals`: it asks for what lies below the documented modules;
 * `design`: what it asks for is different on purpose, as the page on Node programs says;
 * `wine`: Wine answers otherwise than Windows does;
 * `missing`: it should work, and does not yet.
 */
export type Kind = 'built-in' | 'internals' | 'design' | 'wine' | 'missing';

/** A known failure. */
export interface Expected {
  readonly file: string;
  readonly kind: Kind;
  readonly reason: string;
}

export const EXPECTED: readonly Expected[] = [];
