import { decoderOf } from '../../ffi/memory/code-page.ts';

/** How a file was written, so that the output is written the same way. */
export interface Source {
  readonly text: string;
  readonly crlf: boolean;
  /** Of one that is not in Unicode: its code page. */
  readonly codePage?: string;
}

const MARKS = [
  { mark: [0xff, 0xfe], label: 'utf-16le' },
  { mark: [0xfe, 0xff], label: 'utf-16be' },
] as const;

/**
 * Text of a C file: UTF-8, UTF-16 with its mark, or else a code page of Windows.
 *
 * @param encoding the name of one; where left out, that of Western Windows for what is no UTF-8
 * @throws RangeError where there is no such encoding
 */
export function decode(bytes: Uint8Array, encoding?: string): Source {
  const { text, label } = decodeBytes(bytes, encoding);
  const crlf = /\r\n/.test(text);
  const codePage = /^utf-/.test(label) ? {} : { codePage: label };
  return { text: text.replace(/\r\n?/g, '\n'), crlf, ...codePage };
}

function decodeBytes(bytes: Uint8Array, encoding: string | undefined) {
  const as = (label: string, fatal = false) => {
    const decoder = fatal ? new TextDecoder(label, { fatal }) : decoderOf(label);
    return { text: decoder.decode(bytes), label: decoder.encoding };
  };
  if (encoding !== undefined) {
    try {
      return as(encoding);
    } catch {
      throw new RangeError(`there is no encoding ${encoding}`);
    }
  }
  for (const { mark, label } of MARKS) {
    if (bytes[0] === mark[0] && bytes[1] === mark[1]) return as(label);
  }
  try {
    return as('utf-8', true);
  } catch {
    return as('windows-1252');
  }
}

/** Code pages in which what is not ASCII has two bytes. */
const OF_TWO_BYTES = /^(?:gb|big5|shift|euc|windows-949)/;

/** How many bytes a text has in a C program that was written in the encoding of a file. */
export function encodedLength(text: string, { codePage }: Source): number {
  if (codePage === undefined) return Buffer.byteLength(text);
  const others = OF_TWO_BYTES.test(codePage) ? (text.match(/[^\0-\x7f]/gu)?.length ?? 0) : 0;
  return text.length + others;
}
