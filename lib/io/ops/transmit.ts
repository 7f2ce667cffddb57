import { TP_ELEMENT_EOP, TP_ELEMENT_FILE, TP_ELEMENT_MEMORY } from '../../../defs/mswsock.g.ts';
import { extension, type SocketKind } from '../calls/extensions.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import { BUFFERS, OFFSET_WORD, POINTER_BYTES, writePointer } from '../port/operation-layout.ts';
import type { Piece } from './pieces.ts';

/** A part of a file to transmit. */
export interface FilePart {
  /** The handle of an open file. 0 sends only head and tail. */
  readonly handle: number;
  /** Bytes before the part. */
  readonly offset: number;
  /** 0 sends all from the offset on. */
  readonly length: number;
}

/**
 * Starts TransmitFile: a file, with memory before and after it, sent by the system itself.
 *
 * @param kept what owns head and tail
 * @returns COMPLETED, PENDING or an error code
 */
export function startTransmitFile(
  operation: Operation,
  on: Association,
  provider: SocketKind,
  file: FilePart,
  head: Piece | null,
  tail: Piece | null,
  kept: unknown,
  flags = 0,
): number {
  checkPart(file);
  if (file.length > MOST) {
    throw new RangeError(`TransmitFile sends ${MOST} bytes of a file at most, got ${file.length}`);
  }
  const TransmitFile = extension('TransmitFile', on.handle, provider);
  operation.prepare(on, 'transmitFile');
  const { words, address: record } = operation;
  putOffset(words, file.offset);
  // TRANSMIT_FILE_BUFFERS: Head, HeadLength, Tail, TailLength. It takes the place of the WSABUFs.
  const at = BUFFERS / 4;
  const step = POINTER_BYTES / 4;
  writePointer(words, at, head?.address ?? 0);
  words[at + step] = head?.length ?? 0;
  writePointer(words, at + 2 * step, tail?.address ?? 0);
  words[at + 3 * step] = tail?.length ?? 0;
  operation.kept = kept;
  const extra = head || tail ? record + BUFFERS : 0;
  return operation.judgeStart(
    TransmitFile(on.handle, file.handle, file.length, 0, record, extra, flags) === 0,
  );
}

/** What TransmitFile sends of a file in one call at most. */
const MOST = 0x7ffffffe;
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

/** TRANSMIT_PACKETS_ELEMENT: flags, length, then an offset and a handle or an address. */
const ELEMENT_BYTES = 24;

/** The array that TransmitPackets takes. It must be kept until the packet has come. */
export function packetElements(elements: readonly PacketElement[]): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(Math.max(elements.length, 1) * ELEMENT_BYTES));
  const words = new Uint32Array(bytes.buffer);
  elements.forEach((element, index) => {
    const at = (index * ELEMENT_BYTES) / 4;
    const end = element.endOfPacket ? TP_ELEMENT_EOP : 0;
    if ('memory' in element) {
      words[at] = TP_ELEMENT_MEMORY | end;
      words[at + 1] = element.memory.length;
      writePointer(words, at + 2, element.memory.address);
    } else {
      checkPart(element.file);
      words[at] = TP_ELEMENT_FILE | end;
      words[at + 1] = element.file.length;
      words[at + 2] = element.file.offset >>> 0;
      words[at + 3] = Math.floor(element.file.offset / 0x100000000);
      writePointer(words, at + 4, element.file.handle);
    }
  });
  return bytes;
}

/**
 * Starts TransmitPackets.
 *
 * @param elements of `packetElements`; memory that is in `kept`
 * @returns COMPLETED, PENDING or an error code
 */
export function startTransmitPackets(
  operation: Operation,
  on: Association,
  provider: SocketKind,
  elements: Piece,
  count: number,
  kept: unknown,
  flags = 0,
): number {
  const TransmitPackets = extension('TransmitPackets', on.handle, provider);
  operation.prepare(on, 'transmitPackets');
  operation.kept = kept;
  const { address: record } = operation;
  return operation.judgeStart(
    TransmitPackets(on.handle, elements.address, count, 0, record, flags) === 0,
  );
}
