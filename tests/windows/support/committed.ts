import type { Pointer } from 'winsock';
import { MEM_COMMIT, MEMORY_BASIC_INFORMATION, VirtualQuery } from 'winsock/kernel';

/** Processes of 64 bits have nothing from here on. */
const END = 0x7fff_0000_0000;

/** How many bytes of memory this process has below an address, touched or not: the system has to have them ready. */
export function committedBytes(end = END): number {
  const region = new MEMORY_BASIC_INFORMATION();
  const { byteLength } = region;
  let bytes = 0;
  for (let address = 0; address < end; address += Number(region.RegionSize)) {
    if (VirtualQuery(address as Pointer, region, byteLength) === 0) break;
    if (region.State === MEM_COMMIT) bytes += Number(region.RegionSize);
  }
  return bytes;
}
