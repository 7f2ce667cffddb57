/**
 * The key to constructors that only the package may call. A constructor that TypeScript calls private can be called all the
 * same, with addresses and handles of anybody's choice.
 */
import { withArticle } from '../../ffi/types/describe.ts';

/** What only the package can give. */
export const OURS: unique symbol = Symbol('winsock/io');
export type Ours = typeof OURS;

/**
 * @param name of the class
 * @throws TypeError where it was not the package that has called a constructor
 */
export function requireOurs(key: unknown, name: string): void {
  if (key === OURS) return;
  throw new TypeError(`${withArticle(name)} is made by the package itself, not by its constructor`);
}
