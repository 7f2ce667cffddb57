/**
 * Whether there is memory at an address. Memory of JavaScript's own is measured without a question; a number that is
 * given as an address may be anything, and only the system knows.
 */
import { systemFunction } from '../native/native.ts';
import { intptr, uint32 } from '../types/scalars.ts';
import {
  MEM_COMMIT,
  MEMORY_BASIC_INFORMATION_LAYOUT,
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_WRITECOPY,
  PAGE_GUARD,
  PAGE_NOACCESS,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  VirtualQuery,
} from '../windows.g.ts';

const query = systemFunction(VirtualQuery);
const offsets = MEMORY_BASIC_INFORMATION_LAYOUT;

/** What the system has answered. Each thread has its own. */
const answer = new Uint8Array(new ArrayBuffer(offsets.size));

/** What is done with memory. */
export type Access = 'read' | 'write' | 'call';

const NEEDED: Readonly<Record<Access, number>> = {
  read: 0xff & ~PAGE_EXECUTE,
  write: PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY,
  call: PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY,
};
/** To touch a page that is guarded takes its guard away: the thread whose stack grows there would end. */
const FORBIDDEN = PAGE_NOACCESS | PAGE_GUARD;

function allows(protection: number, access: Access): boolean {
  return (protection & FORBIDDEN) === 0 && (protection & NEEDED[access]) !== 0;
}

/**
 * How many bytes there are from an address on, for such an access. Pages are asked for until so many
 * are found as are wanted. Somebody else may take them away at any time; that is not what this is for.
 */
export function mappedBytes(address: number, wanted: number, access: Access): number {
  // Elsewhere there are no calls that could be given an address.
  if (process.platform !== 'win32') return wanted;
  let end = address;
  while (end - address < wanted) {
    if (query(BigInt(end), answer, offsets.size) === 0) break;
    const isThere = uint32.get(answer, offsets.State) === MEM_COMMIT;
    if (!isThere || !allows(uint32.get(answer, offsets.Protect), access)) break;
    end = intptr.get(answer, offsets.BaseAddress) + intptr.get(answer, offsets.RegionSize);
  }
  return Math.min(end - address, wanted);
}
