import { type Decoder, decoderOf } from '../../ffi/memory/code-page.ts';
import { describe } from '../../ffi/types/describe.ts';

/** How text becomes the bytes of `char`, and back. */
interface Encoding {
  encode(text: string): Buffer<ArrayBuffer>;
  decode(bytes: Uint8Array): string;
}

const UTF8: Encoding = {
  encode: (text) => Buffer.from(text, 'utf8') as Buffer<ArrayBuffer>,
  decode: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
};

let current = UTF8;

/**
 * The encoding in which a C program was written, which is that of its text: a port of it then prints and
 * sends the same bytes. Without it text is UTF-8.
 *
 * @param label its name, such as windows-1251 or gbk
 * @throws RangeError where there is no such encoding
 */
export function sourceEncoding(label: string): void {
  const decoder = knownDecoder(label);
  if (decoder.encoding === 'utf-8') {
    current = UTF8;
    return;
  }
  const codes = codesOf(decoder);
  current = {
    encode: (text) =>
      Buffer.byteLength(text) === text.length
        ? UTF8.encode(text)
        : Buffer.from([...text].flatMap((character) => codes.get(character) ?? [0x3f])),
    decode: (bytes) => decoder.decode(bytes),
  };
}

function knownDecoder(label: unknown): Decoder {
  if (typeof label !== 'string') {
    throw new TypeError(`sourceEncoding: the name of an encoding, got ${describe(label)}`);
  }
  try {
    return decoderOf(label);
  } catch {
    throw new RangeError(`sourceEncoding: there is no encoding ${describe(label)}`);
  }
}

/** The bytes of each character that a code page has, of one byte or of two. */
function codesOf(decoder: Pick<Decoder, 'decode'>): ReadonlyMap<string, readonly number[]> {
  const codes = new Map<string, readonly number[]>();
  const add = (bytes: readonly number[]) => {
    const text = decoder.decode(Uint8Array.from(bytes));
    if (!text.includes('\ufffd') && [...text].length === 1 && !codes.has(text))
      codes.set(text, bytes);
  };
  const leads: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    const before = codes.size;
    add([byte]);
    if (codes.size === before) leads.push(byte);
  }
  for (const lead of leads) for (let trail = 0x40; trail < 0xff; trail++) add([lead, trail]);
  return codes;
}

export const encodeText = (text: string): Buffer<ArrayBuffer> => current.encode(text);
export const decodeText = (bytes: Uint8Array): string => current.decode(bytes);
