/**
 * Checks of what the records that a call is given point to: WSAMSG counts its WSABUFs, and each of them
 * the bytes at its `buf`. Only what was stored as memory is known to end somewhere.
 */
import { byteLengthOf } from '../memory/intrinsics.ts';
import { keptAt } from '../memory/kept.ts';
import { bytesOf, isDetached, isMemory } from '../memory/memory.ts';
import { requireZeros, type ZeroEnd } from '../memory/strings.ts';
import { reaches } from '../memory/views.ts';
import { hostArch } from '../types/arch.ts';
import { count, countsElements, untilZero } from '../types/bound.ts';
import { type RecordType, targetOf } from '../types/ctype.ts';
import { fieldAt } from '../types/layout.ts';
import { intptr } from '../types/scalars.ts';
import { tooSmall } from './bounds.ts';
import { type Extent, extentOf, type Lengths } from './extents.ts';

/** A record in memory. */
interface Located {
  readonly memory: Uint8Array;
  readonly start: number;
}

/** What has to be looked at in a record of one type. */
interface Plan {
  readonly name: string;
  readonly size: number;
  readonly pointers: readonly PointerPlan[];
  readonly arrays: readonly ArrayPlan[];
  /** Records that are fields. */
  readonly nested: readonly { readonly at: number; readonly plan: Plan }[];
}

interface PointerPlan {
  readonly name: string;
  readonly at: number;
  /** Undefined where nothing is counted: a pointer to one value. */
  readonly extent: Extent<Located> | undefined;
  /** Bytes that there are at least, where nothing is counted. */
  readonly least: number;
  /** Whether NULL is refused where elements are counted. */
  readonly refusesNull: boolean;
  readonly target: Plan | undefined;
}

interface ArrayPlan {
  readonly name: string;
  readonly at: number;
  readonly extent: Extent<Located>;
  readonly element: Plan | undefined;
}

/** What has to be looked at, by type. */
const plans = new WeakMap<RecordType, Plan | 'none'>();

/** Where fields are read: a length is a field of the record itself. */
function lengthsOf(record: RecordType): Lengths<Located> {
  return {
    valueOf(name) {
      const { offset, type } = fieldAt(record, name);
      return ({ memory, start }) => Number(type.get(memory, start + offset));
    },
    variableOf(name) {
      throw new TypeError(`${record.name}.${name}: a field counts by its value only`);
    },
  };
}

/** The plan of a record; undefined where nothing in it says how much memory there is. */
function planOf(record: RecordType): Plan | undefined {
  const known = plans.get(record);
  if (known !== undefined) return known === 'none' ? undefined : known;
  const pointers: PointerPlan[] = [];
  const arrays: ArrayPlan[] = [];
  const nested: { at: number; plan: Plan }[] = [];
  const plan: Plan = {
    name: record.name,
    size: record.sizeOf(hostArch),
    pointers,
    arrays,
    nested,
  };
  // Known from here on: a record may point to its own kind.
  plans.set(record, plan);
  const { measured = {}, counted = {} } = record.options;
  const lengths = lengthsOf(record);
  for (const { name, type, offset: at } of record.layoutFor(hostArch).fields) {
    const counter = counted[name];
    const bound = counter === undefined ? measured[name] : count(counter);
    if (type.kind === 'record') {
      const inner = planOf(type);
      if (inner) nested.push({ at, plan: inner });
      continue;
    }
    const element = type.kind === 'array' ? type.element : targetOf(type);
    const size = element?.sizeOf(hostArch) ?? 1;
    const extent = bound && extentOf(bound, size, lengths);
    // A length in bytes may be left over from before; elements that are counted are looked for.
    const refusesNull = bound !== undefined && countsElements(bound) && !extent?.orNull;
    const inner = element?.kind === 'record' ? planOf(element) : undefined;
    if (type.kind === 'array') {
      if (extent) arrays.push({ name, at, extent, element: inner });
    } else if (type.kind === 'pointer') {
      const isOne = element?.kind === 'record' && !element.options.openEnded;
      pointers.push({ name, at, extent, least: isOne ? size : 0, refusesNull, target: inner });
    } else if (type.kind === 'string') {
      const text = extentOf(untilZero(1, type.wide ? 2 : 1), 1, lengths);
      pointers.push({ name, at, extent: text, least: 0, refusesNull, target: undefined });
    }
  }
  if (pointers.length + arrays.length + nested.length > 0) return plan;
  plans.set(record, 'none');
  return undefined;
}

/**
 * The check of the records at a pointer, and of all that they point to.
 *
 * @param isArray whether there may be several records, one behind the other
 * @returns undefined for records that nothing needs to be looked at in
 */
export function fieldCheckFor(
  record: RecordType,
  where: string,
  isArray: boolean,
): ((memory: Uint8Array) => void) | undefined {
  const plan = planOf(record);
  if (!plan) return undefined;
  const { size } = plan;
  return (memory) => {
    const end = isArray ? byteLengthOf(memory) : size;
    const seen: Uint8Array[] = [];
    for (let start = 0; start + size <= end; start += size) {
      verifyRecord({ memory, start }, plan, where, seen);
    }
  };
}

/** @param seen memory that has been looked at, so that a ring of records ends */
function verifyRecord(located: Located, plan: Plan, where: string, seen: Uint8Array[]): void {
  const { memory, start } = located;
  for (let i = 0; i < plan.arrays.length; i++) {
    verifyArray(located, plan, plan.arrays[i]!, where, seen);
  }
  for (let i = 0; i < plan.pointers.length; i++) {
    verifyPointer(located, plan, plan.pointers[i]!, where, seen);
  }
  for (let i = 0; i < plan.nested.length; i++) {
    const { at, plan: inner } = plan.nested[i]!;
    verifyRecord({ memory, start: start + at }, inner, where, seen);
  }
}

function verifyPointer(
  located: Located,
  { name }: Plan,
  { name: field, at, extent, least, refusesNull, target }: PointerPlan,
  where: string,
  seen: Uint8Array[],
): void {
  const { memory, start } = located;
  const address = intptr.get(memory, start + at);
  const needed = extent?.needed(located);
  if (address === 0) {
    if (!refusesNull || !needed) return;
    throw new TypeError(
      `${where}: ${name}.${field} is NULL, but ${extent!.by} says ${needed} bytes`,
    );
  }
  const kept = keptAt(memory, start + at, address);
  if (!kept || !isMemory(kept)) return;
  const bytes = bytesOf(kept, `${where}: ${name}.${field}`);
  requireNeeded(bytes, needed ?? least, extent?.by ?? '', `${where}: ${name}.${field}`);
  if (!target || seen.includes(bytes)) return;
  seen.push(bytes);
  const length = byteLengthOf(bytes);
  const end = typeof needed === 'number' ? Math.min(length, needed) : target.size;
  for (let inner = 0; inner + target.size <= Math.min(length, end); inner += target.size) {
    verifyRecord({ memory: bytes, start: inner }, target, where, seen);
  }
}

/** What was stored there may have been changed since, or taken away. */
function requireNeeded(
  bytes: Uint8Array,
  needed: number | ZeroEnd,
  by: string,
  where: string,
): void {
  if (typeof needed === 'object') requireZeros(bytes, needed, where);
  else if (needed < 0 || !reaches(bytes, needed)) {
    throw shortBy(where, byteLengthOf(bytes), by, needed);
  } else if (by === '' && isDetached(bytes)) {
    throw new TypeError(`${where}: the ArrayBuffer is detached`);
  }
}

function verifyArray(
  located: Located,
  { name }: Plan,
  { name: field, at, extent, element }: ArrayPlan,
  where: string,
  seen: Uint8Array[],
): void {
  const { memory, start } = located;
  const needed = extent.needed(located);
  if (typeof needed !== 'number') return;
  const from = start + at;
  if (needed < 0 || !reaches(memory, from + needed)) {
    throw shortBy(`${where}: ${name}.${field}`, byteLengthOf(memory) - from, extent.by, needed);
  }
  if (!element) return;
  const end = Math.min(byteLengthOf(memory), from + needed);
  for (let inner = from; inner + element.size <= end; inner += element.size) {
    verifyRecord({ memory, start: inner }, element, where, seen);
  }
}

function shortBy(where: string, given: number, by: string, needed: number): RangeError {
  if (needed < 0) return new RangeError(`${where}: ${by} is negative: ${needed}`);
  if (by === '') return tooSmall(where, given, needed);
  return new RangeError(`${where} has ${given} bytes, but ${by} says ${needed}`);
}
