/** Overlapped operations that the program has begun, and the memory that the system has for them. */
import type { Definition } from '../calls/definition.ts';
import type { Parameter } from '../calls/parameter.ts';
import type { Prepared } from '../calls/prepare.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from '../memory/intrinsics.ts';
import { STATUS_PENDING } from '../statuses.g.ts';
import { intptr, uint32 } from '../types/scalars.ts';
import { OVERLAPPED_LAYOUT } from '../windows.g.ts';
import { callerOf, report } from './report.ts';
import type { KnownMemory } from './watcher.ts';

interface Range {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

interface Operation {
  readonly syscall: string;
  readonly from: string;
  /** Its OVERLAPPED, by a view of this module's own. */
  readonly overlapped: Uint8Array;
  /** All memory of it, held: without this it would be gone with the program's last reference. */
  readonly held: readonly Uint8Array[];
  readonly ranges: readonly Range[];
}

/** By the address of the OVERLAPPED. */
const underWay = new Map<number, Operation>();

function isPending(overlapped: Uint8Array): boolean {
  return intptr.get(overlapped, OVERLAPPED_LAYOUT.Internal) === STATUS_PENDING;
}

function describeOperation({ syscall, from }: Operation): string {
  return from === '' ? syscall : `${syscall} (${from})`;
}

/** What the program lets go of while the system still has it. */
const letGo = new FinalizationRegistry<{ readonly operation: Operation; readonly name: string }>(
  ({ operation, name }) => {
    if (!isPending(operation.overlapped)) return;
    report(
      `collected: nothing in the program refers to ${name} any more, but ${describeOperation(operation)} ` +
        'is under way; keep it until the operation is over',
    );
  },
);

function indexOfOverlapped(parameters: readonly Parameter[]): number {
  return parameters.findIndex(
    ({ type, kept }) => kept && type.kind === 'pointer' && type.target?.name === 'OVERLAPPED',
  );
}

/** The memory that the system has after the call, by the program's own objects and their names. */
function* memoryOf(
  { bytesOf, isMemory, reachableFrom }: KnownMemory,
  parameters: readonly Parameter[],
  args: readonly unknown[],
): Iterable<readonly [memory: Uint8Array<ArrayBuffer>, name: string]> {
  for (const [index, { name, kept }] of parameters.entries()) {
    const argument = args[index];
    if (!isMemory(argument)) continue;
    const [own, ...targets] = reachableFrom(bytesOf(argument));
    if (kept) yield [own!, name];
    for (const target of targets) yield [target, `what ${name} points to`];
  }
}

/** What is done before and after a call that may begin an operation. */
export interface OperationWatch {
  /** @throws TypeError where the OVERLAPPED is that of an operation which is not over */
  before(args: readonly unknown[]): void;
  after(args: readonly unknown[]): void;
}

/** The look at calls of a function that takes an OVERLAPPED; undefined for a function that begins no operation. */
export function operationWatch(
  known: KnownMemory,
  { name: syscall }: Definition,
  { parameters }: Prepared,
): OperationWatch | undefined {
  const { addressOf, bytesOf, isForeign, isMemory } = known;
  const index = indexOfOverlapped(parameters);
  if (index < 0) return undefined;
  // Functions that ask for a result, or cancel, are given an OVERLAPPED that is in use.
  if (/GetOverlappedResult|Cancel/.test(syscall)) return undefined;
  return {
    before(args) {
      const overlapped = args[index];
      if (!isMemory(overlapped)) return;
      const other = underWay.get(addressOf(overlapped));
      if (other && isPending(other.overlapped)) {
        throw new TypeError(
          `${syscall}: ${parameters[index]!.name} is in use: ${describeOperation(other)} is not over; ` +
            'each operation needs an OVERLAPPED of its own',
        );
      }
    },
    after(args) {
      const given = args[index];
      if (!isMemory(given)) return;
      const bytes = bytesOf(given);
      if (isForeign(bufferOf(bytes)) || !isPending(bytes)) return;
      begin(known, syscall, bytes, parameters, args);
    },
  };
}

function begin(
  known: KnownMemory,
  syscall: string,
  overlapped: Uint8Array,
  parameters: readonly Parameter[],
  args: readonly unknown[],
): void {
  const { addressOf, isForeign, pin } = known;
  const held: Uint8Array[] = [];
  const ranges: Range[] = [];
  const own = (memory: Uint8Array) =>
    new Uint8Array(bufferOf(memory), byteOffsetOf(memory), byteLengthOf(memory));
  const operation: Operation = {
    syscall,
    from: callerOf(),
    overlapped: own(overlapped),
    held,
    ranges,
  };
  for (const [memory, name] of memoryOf(known, parameters, args)) {
    if (isForeign(bufferOf(memory))) continue;
    pin(bufferOf(memory));
    held.push(own(memory));
    letGo.register(memory, { operation, name });
    const start = addressOf(memory);
    ranges.push({ start, end: start + byteLengthOf(memory), name });
  }
  reportOverlap(operation);
  underWay.set(addressOf(overlapped), operation);
}

/** Two operations that fill the same memory leave there what neither has received. */
function reportOverlap(operation: Operation): void {
  if (!/Rec|Read|Accept/i.test(operation.syscall)) return;
  for (const other of underWay.values()) {
    if (!/Rec|Read|Accept/i.test(other.syscall) || !isPending(other.overlapped)) continue;
    const shared = operation.ranges.find(({ start, end }) =>
      other.ranges.some((range) => start < range.end && range.start < end),
    );
    if (!shared) continue;
    report(
      `reused: ${shared.name} of ${describeOperation(operation)} is memory that ` +
        `${describeOperation(other)} still fills`,
    );
  }
}

/** Lets go of the memory of operations that are over. */
export function sweep(): void {
  for (const [address, operation] of underWay) {
    if (!isPending(operation.overlapped)) underWay.delete(address);
  }
}

/** Says at the end which operations were begun and never completed. */
export function reportNeverCompleted(): void {
  sweep();
  for (const operation of underWay.values()) {
    const code = uint32.get(operation.overlapped, OVERLAPPED_LAYOUT.Internal);
    report(
      `never completed: ${describeOperation(operation)}, whose status is still 0x${code.toString(16)}`,
    );
  }
}
