/**
 * What the threads of a process share without having been given it: a lock for their files. A thread that is
 * terminated while it has the lock leaves it behind, so nobody waits for it for ever.
 */
import { threadId } from 'node:worker_threads';
import { CreateFileMappingW, MapViewOfFile } from '../../../../defs/kernel.g.ts';
import { bindUnchecked } from '../../../ffi/calls/unchecked.ts';
import { encodeWString } from '../../../ffi/memory/strings.ts';
import { koffi } from '../../../ffi/native/native.ts';

const BYTES = 65536;
const PAGE_READWRITE = 4;
const FILE_MAP_WRITE = 2;
/** Which word is the lock. The words behind it are names of files that are begun. */
const LOCK = 0;
const MOST_FILES = 64;
/** How long the lock is waited for. */
const PATIENCE_MILLISECONDS = 1000;

let words: Int32Array | undefined;
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
  const address = mapping ? map(mapping, FILE_MAP_WRITE, 0, 0, BYTES) : 0;
  if (address) words = new Int32Array(koffi().view(BigInt(address as number), BYTES));
  return words;
}

const sleeping = new Int32Array(new SharedArrayBuffer(4));

/** Runs something while no other thread of the process runs such a thing. */
export function whileAlone(use: () => void): void {
  const memory = shared();
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
  try {
    use();
  } finally {
    Atomics.compareExchange(memory, LOCK, own, 0);
  }
}

/** Tells the programs that this one starts which files are begun. */
const BEGUN = 'WINSOCK_TRACE_BEGUN';

function hashOf(file: string): number {
  let hash = 7;
  for (const character of file) hash = (Math.imul(hash, 31) + character.codePointAt(0)!) | 0;
  return hash === 0 ? 1 : hash;
}

/**
 * Whether a file is to be begun now: not by a thread or a program after another of the same run. Asked within
 * `whileAlone`.
 *
 * @param file its full path
 */
export function beginsFile(file: string): boolean {
  const begun = (process.env[BEGUN] ?? '').split('|');
  let isFirst = !begun.includes(file);
  if (isFirst) process.env[BEGUN] = [...begun, file].filter(Boolean).join('|');
  const memory = shared();
  if (!memory) return isFirst;
  const hash = hashOf(file);
  for (let i = LOCK + 1; i <= MOST_FILES; i++) {
    const was = Atomics.compareExchange(memory, i, 0, hash);
    if (was === hash) isFirst = false;
    if (was === 0 || was === hash) break;
  }
  return isFirst;
}
