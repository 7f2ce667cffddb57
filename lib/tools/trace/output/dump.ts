const PER_LINE = 16;

/** Bytes in hexadecimal, sixteen to a line, with what of them is printable. */
export function dumpText(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const part = [...bytes.subarray(at, at + PER_LINE)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = part.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'));
    const offset = at.toString(16).padStart(6, '0');
    lines.push(`    ${offset}  ${hex.padEnd(PER_LINE * 3)} |${text.join('')}|`);
  }
  return lines;
}
