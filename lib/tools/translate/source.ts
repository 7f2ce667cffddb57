/** How a file was written, so that the output is written the same way. */
export interface Source {
  readonly text: string;
  readonly crlf: boolean;
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
  const text = decodeText(bytes, encoding);
  const crlf = /\r\n/.test(text);
  return { text: text.replace(/\r\n?/g, '\n'), crlf };
}

function decodeText(bytes: Uint8Array, encoding: string | undefined): string {
  if (encoding !== undefined) {
    try {
      return new TextDecoder(encoding).decode(bytes);
    } catch {
      throw new RangeError(`there is no encoding ${encoding}`);
    }
  }
  for (const { mark, label } of MARKS) {
    if (bytes[0] === mark[0] && bytes[1] === mark[1]) return new TextDecoder(label).decode(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
