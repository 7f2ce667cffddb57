/** Views of memory that the system has freed: reading a record of them is an error. */
import type { Prepared } from '../calls/prepare.ts';
import { bufferOf } from '../memory/intrinsics.ts';
import { hostArch } from '../types/arch.ts';
import { type AnyCType, type Pointer, targetOf } from '../types/ctype.ts';
import { intptr } from '../types/scalars.ts';
import type { KnownMemory } from './watcher.ts';

/** Views by the address of the memory that a function has given out. */
const views = new Map<number, Set<WeakRef<ArrayBuffer>>>();
const roots = new WeakMap<ArrayBuffer, number>();
const forgotten = new FinalizationRegistry<readonly [root: number, view: WeakRef<ArrayBuffer>]>(
  ([root, view]) => {
    const set = views.get(root);
    set?.delete(view);
    if (set?.size === 0) views.delete(root);
  },
);

/** Has every view of memory of the system's noted from now on. */
export function noteViews({ onView }: KnownMemory): void {
  onView((buffer, address, whole) => {
    const root = (whole && roots.get(whole)) ?? address;
    roots.set(buffer, root);
    const view = new WeakRef(buffer);
    const set = views.get(root);
    if (set) set.add(view);
    else views.set(root, new Set([view]));
    forgotten.register(buffer, [root, view]);
  });
}

/** The addresses of a record and of the records of its kind that it leads to, as a list of addrinfo has them. */
function addressesOf(
  { addressOf, bytesOf, isMemory }: KnownMemory,
  type: AnyCType | undefined,
  memory: Uint8Array,
): Set<number> {
  const found = new Set<number>([addressOf(memory)]);
  if (type?.kind !== 'record') return found;
  const waiting: (readonly [AnyCType, Uint8Array])[] = [[type, memory]];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [record, bytes] = next;
    if (record.kind !== 'record') continue;
    for (const { type: field, offset } of record.layoutFor(hostArch).fields) {
      if (field.kind !== 'pointer' || field.target?.kind !== 'record') continue;
      // A number of a pointer's size is an address here.
      const address = intptr.get(bytes, offset) as Pointer;
      if (address === 0 || found.has(address)) continue;
      found.add(address);
      const target = field.get(bytes, offset);
      if (isMemory(target)) waiting.push([field.target, bytesOf(target)]);
    }
  }
  return found;
}

function takeAway(address: number, { markGone }: KnownMemory): void {
  for (const view of views.get(address) ?? []) {
    const buffer = view.deref();
    if (buffer) markGone(buffer);
  }
  views.delete(address);
}

/**
 * What is done before and after a call that frees memory; undefined where the function frees none.
 *
 * @returns called before the call; what it gives is called after it
 */
export function freeWatch(
  known: KnownMemory,
  { parameters }: Prepared,
): ((args: readonly unknown[]) => () => void) | undefined {
  const { bytesOf, isMemory } = known;
  const index = parameters.findIndex(({ systemOwned }) => systemOwned);
  if (index < 0) return undefined;
  const { type } = parameters[index]!;
  const target = targetOf(type);
  return (args) => {
    const given = args[index];
    // Asked while the memory is there; it is gone after the call.
    const addresses = isMemory(given)
      ? addressesOf(known, target, bytesOf(given))
      : new Set(typeof given === 'number' ? [given] : []);
    if (isMemory(given)) addresses.add(roots.get(bufferOf(bytesOf(given))) ?? 0);
    return () => {
      for (const address of addresses) takeAway(address, known);
    };
  };
}
