/** What `winsock/register` changes in Node.js, and how each change looks before it is made. */
import { createRequire } from 'node:module';

/** Versions of Node.js on which every change was seen to be right. */
export const SEEN = ['22.23', '24.21', '26.10'] as const;

/** A change of a built-in module. */
export interface Replacement {
  /** What is changed, as programs name it. */
  readonly what: string;
  /** Why nothing less would do. */
  readonly reason: string;
  /** The versions of Node.js that it was seen on. */
  readonly seen: readonly string[];
  /** What differs from what is expected to be there; undefined where nothing does. */
  differs(): string | undefined;
  /** Makes the change. */
  replace(): void;
}

/** The exports of a module, which may be assigned to. */
export type Exports = Record<string, unknown>;

/** A built-in module as CommonJS has it: what is assigned here is seen by everybody who has required it. */
export const builtIn: (name: string) => Exports = createRequire(import.meta.url);

/** A class of old: a function that may be called without `new`. */
export type OldClass = ((...args: unknown[]) => unknown) & { prototype: object };

/** What differs where some exports are no functions that may be replaced. */
export function unlikeFunctions(module: string, ...names: readonly string[]): string | undefined {
  const exports = builtIn(module);
  for (const name of names) {
    const property = Object.getOwnPropertyDescriptor(exports, name);
    if (typeof property?.value !== 'function') return `${module}.${name} is no function`;
    if (!property.writable) return `${module}.${name} cannot be assigned to`;
  }
  return undefined;
}

/** Whether Node.js has loaded a part of itself already. */
export function isLoaded(part: string): boolean {
  // Node.js has this list and does not document it: where it is missing nothing counts as loaded.
  const { moduleLoadList = [] } = process as unknown as { moduleLoadList?: string[] };
  return moduleLoadList.includes(`NativeModule ${part}`);
}
