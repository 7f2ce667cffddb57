import { syncBuiltinESMExports } from 'node:module';
// Streams of a terminal inherit from the built-in net.Socket: loaded before that is replaced.
import 'node:tty';
import { REPLACEMENTS } from './list.ts';
import type { Replacement } from './replacement.ts';

/** By this a second copy of this module knows the first. */
const MARK = Symbol.for('winsock/register');

/** @throws Error, of one sentence, where Node.js is not what the list expects */
function register(): readonly Replacement[] {
  const reason = refusal();
  if (reason) throw new Error(`winsock/register does not start: ${reason}.`);
  for (const replacement of REPLACEMENTS) replacement.replace();
  syncBuiltinESMExports();
  Object.defineProperty(globalThis, MARK, { value: true });
  return REPLACEMENTS;
}

function refusal(): string | undefined {
  if (process.versions.bun) return 'it replaces functions of Node.js, and this is Bun';
  if (process.platform !== 'win32') return 'there are completion ports on Windows only';
  if (MARK in globalThis) return 'another copy of it was loaded before it';
  return REPLACEMENTS.map(({ differs }) => differs()).find((difference) => difference);
}

/** What was replaced. */
export const replaced: readonly Replacement[] = register();
