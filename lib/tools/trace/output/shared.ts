/**
 * What the threads of a process share without having been given it: a lock for their files. A thread that is
 * terminated while it has the lock leaves it behind, so nobody waits for it for ever.
 */
import path from 'node:path';
import { threadId } from 'node:worker_threads';
import { CreateFileMappingW, MapViewOfFile } from '../../../../defs/kernel.g.ts';
import { bindUnchecked } from '../../../ffi/calls/unchecked.ts';
import { viewOf } from '../../../ffi/memory/copies.ts';
import { encodeWString } from '../../../ffi/memory/strings.ts';

/** What is in front of the table. */
const HEAD_BYTES = 4096;
const BYTES = 4 << 20;
const PAGE_READWRITE = 4;
const FILE_MAP_WRITE = 2;
/** Which word is the lock. The words behind it are names of files that are begun. */
const LOCK = 0;
const MOST_FILES = 64;
/** Where the numbers are that are given out: how many there are, and then the number of each key. */
const NUMBERS = MOST_FILES + 2;
const MOST_KEYS = 32;
/** How long the lock is waited for. */
const PATIENCE_MILLISECONDS = 1000;

let words: Int32Array | undefined;
let address = 0;
let isTried = false;

/** Memory that all threads of the process see; undefined where there is none of the kind. */
function shared(): Int32Array | undefined {
  if (isTried) return words;
  isTried = true;
  if (process.platform !== 'win32') return undefined;
  const create = bindUnchecked(CreateFileMappingW, 'memory');
  const map = bindUnchecked(MapViewOfFile, 'memory');
  const name = encodeWString(`Local\\winsock-trace-${process.pid}`, 'the name of shared memory');
  // Neither is given back: the memory is there as long as the process is.
  const mapping = create(-1, null, PAGE_READWRITE, 0, BYTES, name);
  address = mapping ? Number(map(mapping, FILE_MAP_WRITE, 0, 0, BYTES)) : 0;
  const head = address ? viewOf(address, HEAD_BYTES) : undefined;
  if (head) words = new Int32Array(head);
  return words;
}

/** As many bytes of memory, zeroed at first, that all threads of the process see where there is such memory. */
export function sharedTable(bytes: number): ArrayBuffer {
  const memory = shared();
  if (!memory || bytes > BYTES - HEAD_BYTES) return new ArrayBuffer(bytes);
  return viewOf(address + HEAD_BYTES, bytes) ?? new ArrayBuffer(bytes);
}

const sleeping = new Int32Array(new SharedArrayBuffer(4));

let isAlone = false;

/** Runs something while no other thread of the process runs such a thing. It may be asked for within itself. */
export function whileAlone(use: () => void): void {
  const memory = isAlone ? undefined : shared();
  if (!memory) {
    use();
    return;
  }
  const own = threadId + 1;
  const started = performance.now();
  let isOwn = false;
  while (!isOwn) {
    isOwn = Atomics.compareExchange(memory, LOCK, 0, own) === 0;
    if (isOwn) break;
    if (performance.now() - started > PATIENCE_MILLISECONDS) {
      // Whoever has it is gone.
      Atomics.store(memory, LOCK, own);
      break;
    }
    Atomics.wait(sleeping, 0, 0, 1);
  }
  isAlone = true;
  try {
    use();
  } finally {
    isAlone = false;
    Atomics.compareExchange(memory, LOCK, own, 0);
  }
}

/** Tells the programs that this one starts which process has begun which files. */
const BEGUN = 'WINSOCK_TRACE_BEGUN';

function hashOf(file: string): number {
  let hash = 7;
  for (const character of file) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  return hash === 0 ? 1 : hash;
}

const [begunBy = '', ...begun] = (process.env[BEGUN] ?? '').split('|');
/** The files that a process has begun that has started this one. A thread finds those of its own process. */
const inherited: readonly string[] = begunBy === String(process.pid) ? [] : begun;
/** The files that this process has begun, as far as this thread knows. */
const own = new Set(begunBy === String(process.pid) ? begun : []);

/**
 * The file of this process, where another that has started it writes to the file itself: the same with the number
 * of the process before its ending.
 */
export function fileOfProcess(file: string): string {
  if (!inherited.includes(file)) return file;
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}.${process.pid}${ext}`);
}

/**
 * Whether a file is to be begun now: by the first thread of the process that writes to it. Asked within
 * `whileAlone`.
 *
 * @param file its full path
 */
export function beginsFile(file: string): boolean {
  const isKnown = own.has(file);
  own.add(file);
  process.env[BEGUN] = [process.pid, ...inherited, ...own].join('|');
  const memory = shared();
  if (!memory) return !isKnown;
  const hash = hashOf(file);
  for (let i = LOCK + 1; i <= MOST_FILES; i++) {
    const was = Atomics.compareExchange(memory, i, 0, hash);
    if (was === hash) return false;
    if (was === 0) return true;
  }
  return !isKnown;
}

const ownNumbers = new Int32Array(MOST_KEYS + 1);

/**
 * The number of a key, given out in the order of their first use, from 0. Asked within `whileAlone`.
 *
 * @param key from 0 to 31
 */
export function numberFor(key: number): { readonly number: number; readonly isNew: boolean } {
  const memory = shared()?.subarray(NUMBERS, NUMBERS + MOST_KEYS + 1) ?? ownNumbers;
  const isNew = memory[1 + key] === 0;
  if (isNew) {
    memory[0]!++;
    memory[1 + key] = memory[0]!;
  }
  return { number: memory[1 + key]! - 1, isNew };
}
