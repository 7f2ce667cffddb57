/** ref-napi: C strings that stay where they are, and addresses as plain numbers. */
import { besideKoffi, koffi } from './koffi.ts';

interface RefNapi {
  allocCString(text: string): Buffer<ArrayBuffer>;
  address(bytes: Uint8Array): number;
}

/** What is used of ref-napi, by koffi, which has binaries for more systems: Windows on ARM is one. */
export const insteadOfRefNapi: RefNapi = {
  allocCString: (text) => Buffer.from(`${text}\0`),
  address: (buffer) => Number(koffi().address(buffer)),
};

let references: RefNapi | undefined;

/** The package, or what stands for it where it has no binary or must not be loaded. */
export function refNapi(): RefNapi {
  if (references === undefined) {
    try {
      references = survivesRefNapi()
        ? (besideKoffi().require('ref-napi') as RefNapi)
        : insteadOfRefNapi;
    } catch {
      references = insteadOfRefNapi;
    }
  }
  return references;
}

/**
 * Whether this thread can end after ref-napi was loaded in it. At the end of a worker it frees what its own finalizers
 * still use; Bun (seen on 1.4.5) runs those afterwards, and the process crashes.
 */
function survivesRefNapi(): boolean {
  const { Bun } = globalThis as { Bun?: { readonly isMainThread: boolean } };
  return Bun === undefined || Bun.isMainThread;
}
