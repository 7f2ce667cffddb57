/** How a file was written, so that the output is written the same way. */
export interface Source {
  readonly text: string;
  readonly crlf: boolean;
}

const UTF16 = [
  { mark: [0xff, 0xfe], label: 'utf-16le' },
  { mark: [0xfe, 0xff], label: 'utf-16be' },
] as const;

/** Text of a C file: UTF-8, UTF-16 with its mark, or else the code page that Western Windows has. */
export function decode(bytes: Uint8Array): Source {
  const text = decodeText(bytes);
  const crlf = /\r\n/.test(text);
  return { text: text.replace(/\r\n?/g, '\n'), crlf };
}

function decodeText(bytes: Uint8Array): string {
  for (const { mark, label } of UTF16) {
    if (bytes[0] === mark[0] && bytes[1] === mark[1]) return new TextDecoder(label).decode(bytes);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}
