import {
  TP_ELEMENT_EOP,
  TP_ELEMENT_FILE,
  TP_ELEMENT_MEMORY,
  TRANSMIT_PACKETS_ELEMENT,
} from '../../../defs/mswsock.g.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { describe } from '../../ffi/types/describe.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import { TRANSMIT_FILE_BUFFERS_LAYOUT as AROUND } from '../calls/layouts.g.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import type { Operation } from '../port/operation.ts';
import { BUFFERS, checkLength, OFFSET_WORD, writePointer } from '../port/operation-layout.ts';
import type { OperationOptions } from './give-up.ts';
import { lendToSend } from './lend.ts';
import { bytesOf, performOpen } from './perform.ts';
import type { Piece } from './pieces.ts';

const HEAD = (BUFFERS + AROUND.Head) / 4;
const HEAD_LENGTH = (BUFFERS + AROUND.HeadLength) / 4;
const TAIL = (BUFFERS + AROUND.Tail) / 4;
const TAIL_LENGTH = (BUFFERS + AROUND.TailLength) / 4;

/** A part of a file to transmit. */
export interface FilePart {
  /** The handle of an open file. 0 sends only head and tail. */
  readonly handle: number;
  /** How many bytes of the file come before the part. */
  readonly offset: number;
  /** In bytes; 0 sends all from the offset on. */
  readonly length: number;
}

/**
 * Starts TransmitFile: a file, with memory before and after it, sent by the system itself.
 *
 * @param kept what owns head and tail
 * @param flags TF_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no TransmitFile; RangeError for a part that no file has, or of more than 2147483646
 *   bytes, and for a head or a tail of 4 GiB or more
 */
export function startTransmitFile(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  file: FilePart,
  head: Piece | null,
  tail: Piece | null,
  kept: unknown,
  flags = 0,
): number {
  checkPart(file);
  if (file.length > LARGEST_PART) {
    throw new RangeError(
      `TransmitFile sends ${LARGEST_PART} bytes of a file at most, got ${file.length}`,
    );
  }
  const TransmitFile = extension('TransmitFile', on.handle, kind);
  operation.prepare(on, 'transmitFile');
  const { words, address: record } = operation;
  putOffset(words, file.offset);
  // The TRANSMIT_FILE_BUFFERS takes the place of the WSABUFs.
  writePointer(words, HEAD, head?.address ?? 0);
  words[HEAD_LENGTH] = checkLength(head?.length ?? 0);
  writePointer(words, TAIL, tail?.address ?? 0);
  words[TAIL_LENGTH] = checkLength(tail?.length ?? 0);
  operation.kept = kept;
  const extra = head || tail ? record + BUFFERS : 0;
  return operation.judgeStart(
    TransmitFile(on.handle, file.handle, file.length, 0, record, extra, flags) === 0,
  );
}

/**
 * TransmitFile as a promise of how many bytes were sent.
 *
 * @param head sent in front of the file
 * @param tail sent behind it
 * @param flags TF_… flags
 * @throws by rejection: as `startTransmitFile` does, and as `performOpen` and `lendToSend` do
 */
export function transmitFile(
  { delivery, on, kind }: { delivery: Delivery; on: Association; kind: SocketKind },
  file: FilePart,
  head: ArrayBufferView | undefined,
  tail: ArrayBufferView | undefined,
  flags: number | undefined,
  options: OperationOptions,
): Promise<number> {
  return lendToSend(head ? [head] : [], (before) =>
    lendToSend(tail ? [tail] : [], (after) =>
      performOpen(
        delivery,
        on,
        (operation) =>
          startTransmitFile(
            operation,
            on,
            kind,
            file,
            before.pieces[0] ?? null,
            after.pieces[0] ?? null,
            [before.kept, after.kept],
            flags,
          ),
        bytesOf,
        'TransmitFile',
        options,
      ),
    ),
  );
}

/** In bytes: what TransmitFile sends of a file in one call at most. */
const LARGEST_PART = 0x7ffffffe;
const ALL = 0xffffffff;

function checkPart({ offset, length }: FilePart): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`an offset in a file is a whole number from 0 on, got ${offset}`);
  }
  if (!Number.isInteger(length) || length < 0 || length >= ALL) {
    throw new RangeError(`a part of a file has 0 to ${ALL - 1} bytes, got ${length}`);
  }
}

/** Where in its file an operation begins: the OVERLAPPED says so. */
export function putOffset(words: Uint32Array, offset: number): void {
  words[OFFSET_WORD] = offset >>> 0;
  words[OFFSET_WORD + 1] = Math.floor(offset / 0x100000000);
}

/** One element of what TransmitPackets sends. */
export type PacketElement = { endOfPacket?: boolean } & (
  | { readonly memory: Piece }
  | { readonly file: FilePart }
);

/** Zeroed memory for so many elements. */
export function roomForElements(count: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(Math.max(count, 1) * sizeof(TRANSMIT_PACKETS_ELEMENT)));
}

/**
 * The array that TransmitPackets takes. It must be kept until the packet has come.
 *
 * @throws RangeError for a part that no file has; TypeError for what is no array
 */
export function packetElements(elements: readonly PacketElement[]): Uint8Array {
  if (!Array.isArray(elements)) {
    throw new TypeError(`elements are an array, got ${describe(elements)}`);
  }
  const size = sizeof(TRANSMIT_PACKETS_ELEMENT);
  const bytes = roomForElements(elements.length);
  elements.forEach((element, index) => {
    const out = new TRANSMIT_PACKETS_ELEMENT(bytes.buffer, index * size);
    const end = element.endOfPacket ? TP_ELEMENT_EOP : 0;
    if ('memory' in element) {
      out.dwElFlags = TP_ELEMENT_MEMORY | end;
      out.cLength = element.memory.length;
      // A piece of memory is known by its address alone.
      out.pBuffer = element.memory.address as Pointer;
    } else {
      checkPart(element.file);
      out.dwElFlags = TP_ELEMENT_FILE | end;
      out.cLength = element.file.length;
      out.nFileOffset.QuadPart = BigInt(element.file.offset);
      out.hFile = element.file.handle;
    }
  });
  return bytes;
}

/**
 * Starts TransmitPackets.
 *
 * @param elements of `packetElements`; memory that is in `kept`
 * @param count how many elements there are
 * @param kept what owns the elements and their memory
 * @param flags TF_… flags
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the socket closed; WinsockError where the
 *   provider has no TransmitPackets
 */
export function startTransmitPackets(
  operation: Operation,
  on: Association,
  kind: SocketKind,
  elements: Piece,
  count: number,
  kept: unknown,
  flags = 0,
): number {
  const TransmitPackets = extension('TransmitPackets', on.handle, kind);
  operation.prepare(on, 'transmitPackets');
  operation.kept = kept;
  const { address: record } = operation;
  return operation.judgeStart(
    TransmitPackets(on.handle, elements.address, count, 0, record, flags) === 0,
  );
}
