/**
 * The blocks of a pcapng file, little-endian.
 *
 * @see https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Numbers of options: those of all blocks, then those of each. */
const COMMENT = 1;
const SECTION_OS = 3;
const SECTION_PROGRAM = 4;
const INTERFACE_NAME = 2;
const INTERFACE_DESCRIPTION_TEXT = 3;
const INTERFACE_RESOLUTION = 9;
const PACKET_FLAGS = 2;

/** A power of ten: times are in nanoseconds. */
const RESOLUTION = 9;
const MOST_OPTION_BYTES = 65535;
/** The longest packet that readers take. */
export const SNAP_LENGTH = 262144;

/** Which way a packet went, as flags. */
export const INBOUND = 1;
export const OUTBOUND = 2;

const padded = (length: number) => (length + 3) & ~3;

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length <= MOST_OPTION_BYTES) return bytes;
  // Cut between characters.
  return Buffer.from(bytes.toString('utf8', 0, MOST_OPTION_BYTES - 3).replace(/\ufffd+$/, ''));
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

type Option = readonly [number: number, value: Buffer];

function optionsOf(options: readonly Option[]): Buffer {
  const parts = options.map(([code, value]) => {
    const bytes = Buffer.alloc(4 + padded(value.length));
    bytes.writeUInt16LE(code);
    bytes.writeUInt16LE(value.length, 2);
    value.copy(bytes, 4);
    return bytes;
  });
  // The end of the options is one without number and value.
  return parts.length === 0 ? Buffer.alloc(0) : Buffer.concat([...parts, Buffer.alloc(4)]);
}

function block(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = 12 + parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, ...parts, number(length)]);
}

/** Begins a section: the packets of one program. */
export function sectionHeader(section: { comment: string; os: string; program: string }): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(BYTE_ORDER_MAGIC);
  body.writeUInt16LE(1, 4);
  // How long the section is nobody knows yet.
  body.writeBigInt64LE(-1n, 8);
  const options = optionsOf([
    [COMMENT, text(section.comment)],
    [SECTION_OS, text(section.os)],
    [SECTION_PROGRAM, text(section.program)],
  ]);
  return block(SECTION_HEADER, body, options);
}

/** Describes an interface. They are numbered in their order, from 0. */
export function interfaceDescription(
  linkType: number,
  { name, description }: { name: string; description: string },
): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType);
  body.writeUInt32LE(SNAP_LENGTH, 4);
  const options = optionsOf([
    [INTERFACE_NAME, text(name)],
    [INTERFACE_DESCRIPTION_TEXT, text(description)],
    [INTERFACE_RESOLUTION, Buffer.from([RESOLUTION])],
  ]);
  return block(INTERFACE_DESCRIPTION, body, options);
}

export interface Packet {
  readonly interfaceNumber: number;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  /** As much of it as there is. */
  readonly bytes: Uint8Array;
  /** How long it was. */
  readonly length: number;
  readonly direction: typeof INBOUND | typeof OUTBOUND;
  readonly comment: string | undefined;
}

export function enhancedPacket(packet: Packet): Buffer {
  const { interfaceNumber, time, bytes, length, direction, comment } = packet;
  const body = Buffer.alloc(20 + padded(bytes.length));
  body.writeUInt32LE(interfaceNumber);
  body.writeUInt32LE(Number(time >> 32n), 4);
  body.writeUInt32LE(Number(time & 0xffffffffn), 8);
  body.writeUInt32LE(bytes.length, 12);
  body.writeUInt32LE(length, 16);
  body.set(bytes, 20);
  const flags: Option = [PACKET_FLAGS, number(direction)];
  const options = optionsOf(comment === undefined ? [flags] : [[COMMENT, text(comment)], flags]);
  return block(ENHANCED_PACKET, body, options);
}
