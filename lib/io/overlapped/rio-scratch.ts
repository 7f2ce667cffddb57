/** Native memory for the structures that pass in one call of Registered I/O. */
import { RIO_IOCP_COMPLETION } from '../../../defs/mswsock.g.ts';
import { allocateNative, GRANULARITY } from '../calls/native-memory.ts';
import { POINTER_BYTES, writePointer } from '../port/operation-layout.ts';

const DATA = 0;
const REMOTE = 64;
const NOTIFICATION = 128;
const RESULTS = 256;

/** Completions taken in one call. */
export const MOST_RESULTS = 256;
/** RIORESULT: status, bytes, and 64 bits each for two contexts, whatever a pointer has. */
const RESULT_WORDS = 6;

const STEP = POINTER_BYTES / 4;

let memory: { address: number; words: Uint32Array } | undefined;

function scratch(): { address: number; words: Uint32Array } {
  if (!memory) {
    const { address, bytes } = allocateNative(GRANULARITY);
    memory = { address, words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) };
  }
  return memory;
}

/** A RIO_BUF: the identifier of registered memory, and which part of it. */
function putPart(at: number, id: number, offset: number, length: number): number {
  const { address, words } = scratch();
  const word = at / 4;
  writePointer(words, word, id);
  words[word + STEP] = offset;
  words[word + STEP + 1] = length;
  return address + at;
}

/** The address of a RIO_BUF for the data of a request. */
export function dataPart(id: number, offset: number, length: number): number {
  return putPart(DATA, id, offset, length);
}

/** The address of a RIO_BUF for the peer's address. */
export function remotePart(id: number, offset: number, length: number): number {
  return putPart(REMOTE, id, offset, length);
}

/** The address of a RIO_NOTIFICATION_COMPLETION: the type, then the port, a key, the OVERLAPPED. */
export function portNotification(port: number, overlapped: number): number {
  const { address, words } = scratch();
  const word = NOTIFICATION / 4;
  words[word] = RIO_IOCP_COMPLETION;
  writePointer(words, word + STEP, port);
  writePointer(words, word + 2 * STEP, 0);
  writePointer(words, word + 3 * STEP, overlapped);
  return address + NOTIFICATION;
}

/** Where RIODequeueCompletion puts RIORESULTs. */
export function resultsAddress(): number {
  return scratch().address + RESULTS;
}

export interface RioResult {
  readonly status: number;
  readonly bytes: number;
  readonly context: number;
}

/** What it has put there, as a copy: what a completion sets off may take more. */
export function readResults(count: number): RioResult[] {
  const { words } = scratch();
  return Array.from({ length: count }, (_, index) => {
    const at = RESULTS / 4 + index * RESULT_WORDS;
    return { status: words[at]!, bytes: words[at + 1]!, context: words[at + 4]! };
  });
}
