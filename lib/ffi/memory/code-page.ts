export interface Decoder {
  readonly encoding: string;
  decode(bytes: Uint8Array): string;
}

/** The characters of bytes 0x80 to 0x9f in Windows' code page for the West, some of which Node.js lacks. */
const WESTERN = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * A decoder of a code page: some versions of Node.js read windows-1252 as Latin-1.
 *
 * @throws RangeError where there is no such encoding
 */
export function decoderOf(label: string): Decoder {
  const decoder = new TextDecoder(label);
  if (decoder.encoding !== 'windows-1252') return decoder;
  const decode = (bytes: Uint8Array) =>
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/[\x80-\x9f]/g, (one) => WESTERN[one.charCodeAt(0) - 0x80]!);
  return { encoding: decoder.encoding, decode };
}
