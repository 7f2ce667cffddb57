/** The files of Unix sockets: binding makes one, and Winsock leaves it behind. */
import path from 'node:path';
import { deleteFile } from '../calls/socket-calls.ts';
import type { SocketAddress } from '../families/address.ts';

const files = new Set<string>();
let hooked = false;

/** What ends the process in an orderly way leaves no file behind; a crash does. */
function deleteAll(): void {
  for (const file of files) deleteFile(file);
}

/**
 * Has the file that a socket was bound to deleted when the thread ends, or before.
 *
 * @param address where the socket is bound
 * @returns deletes the file now; undefined where the address is none of a file
 */
export function ownFile(address: SocketAddress): (() => void) | undefined {
  if (address.family !== 'Unix' || address.path === '') return undefined;
  // The current directory may be another one by then.
  const file = path.resolve(address.path);
  files.add(file);
  if (!hooked) {
    hooked = true;
    process.on('exit', deleteAll);
  }
  return () => {
    if (files.delete(file)) deleteFile(file);
  };
}
