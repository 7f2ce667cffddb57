/** Addresses of AF_UNIX: paths. */
import { sockaddr_un, UNIX_PATH_MAX } from '../../../defs/afunix.g.ts';
import { AF_UNIX } from '../../../defs/ws2def.g.ts';
import { utf8TextOf } from '../../ffi/memory/strings.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';

/** An address of AF_UNIX. */
export interface UnixAddress {
  /** Always this. */
  readonly family: 'Unix';
  /** Empty for a socket without a name. */
  readonly path: string;
}

/**
 * The sockaddr of a path.
 *
 * @throws TypeError for a path that is empty or has a NUL; RangeError for one of more than 107 bytes
 */
export function encodePath(path: string): Uint8Array {
  if (path === '' || path.includes('\0')) {
    // Windows has no abstract names: nobody could connect to one.
    throw new TypeError(`a path is not empty and has no NUL, got ${JSON.stringify(path)}`);
  }
  const text = Buffer.from(path);
  if (text.length >= UNIX_PATH_MAX) {
    throw new RangeError(`a path of ${text.length} bytes; ${UNIX_PATH_MAX - 1} fit`);
  }
  const bytes = new Uint8Array(new ArrayBuffer(sizeof(sockaddr_un)));
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, offsetof(sockaddr_un, 'sun_path'));
  return bytes;
}

/** @param bytes a sockaddr_un, which may end behind its path */
export function decodePath(bytes: Uint8Array): UnixAddress {
  return { family: 'Unix', path: utf8TextOf(bytes.subarray(offsetof(sockaddr_un, 'sun_path'))) };
}

/** The family and an empty path; a longer address would be that of a file. */
export function unnamed(): Uint8Array {
  return Uint8Array.of(AF_UNIX, 0, 0);
}
