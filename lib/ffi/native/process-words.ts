/**
 * Memory that all threads of a process share, whoever has begun them: a worker knows what the thread that began it has
 * given it, and nothing of its siblings. Its address is the name of an atom, of which each process has a table of its
 * own.
 */
import {
  AddAtomW,
  GetAtomNameW,
  MEM_COMMIT,
  MEM_RESERVE,
  PAGE_READWRITE,
  VirtualAlloc,
} from '../windows.g.ts';
import { bindKernel32 } from './kernel32.ts';
import { koffi } from './koffi.ts';
import { whileNothingEnds } from './loading.ts';

/** Atoms below have no names: https://learn.microsoft.com/windows/win32/dataxchg/about-atom-tables */
const FIRST_NAMED_ATOM = 0xc000;
/** Atoms are given away from the first on. After so many that are free there are no others, or it is not looked for. */
const GAP = 64;
/** In UTF-16 units, with the NUL. */
const LONGEST_NAME = 256;

/** Those that were asked for. A view that were dropped would be collected, and made again at the next time. */
const known = new Map<string, Int32Array>();
let isForbidden = false;

/**
 * The words of that name. Two threads that make them at the same moment may each get words of their own: what is noted
 * there must be allowed to be lost.
 *
 * @param name also says what is where in them, for another version of this package may be in the same process
 * @param count of 32 bits each; they are 0 at first
 * @returns undefined where the run time forbids buffers over memory that is not JavaScript's
 */
export function processWords(name: string, count: number): Int32Array | undefined {
  const before = known.get(name);
  if (before || isForbidden) return before;
  const prefix = `winsock ${name} `;
  const bytes = count * Int32Array.BYTES_PER_ELEMENT;
  const address = find(prefix) ?? make(prefix, bytes);
  if (address === undefined) return undefined;
  try {
    const words = new Int32Array(whileNothingEnds(() => koffi().view(BigInt(address), bytes)));
    known.set(name, words);
    return words;
  } catch {
    isForbidden = true;
    return undefined;
  }
}

function find(prefix: string): number | undefined {
  const nameOf = bindKernel32(GetAtomNameW);
  const text = Buffer.alloc(2 * LONGEST_NAME);
  for (let atom = FIRST_NAMED_ATOM, end = atom + GAP; atom < end && atom < 0x10000; atom++) {
    // It gives a UINT, of units without the NUL.
    const units = nameOf(atom, text, LONGEST_NAME) as number;
    if (units === 0) continue;
    end = atom + 1 + GAP;
    const name = text.toString('utf16le', 0, 2 * units);
    if (name.startsWith(prefix)) return Number(name.slice(prefix.length));
  }
  return undefined;
}

function make(prefix: string, bytes: number): number | undefined {
  const allocate = bindKernel32(VirtualAlloc);
  // It gives an address, which is an integer here.
  const address = allocate(null, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE) as number;
  if (address === 0) return undefined;
  bindKernel32(AddAtomW)(Buffer.from(`${prefix}${address}\0`, 'utf16le'));
  // Another thread may have been faster.
  return find(prefix);
}
