import {
  MIB_IPFORWARD_ROW2,
  MIB_IPINTERFACE_ROW,
  MIB_UNICASTIPADDRESS_ROW,
  MibAddInstance,
  MibDeleteInstance,
  MibParameterNotification,
} from '../../../defs/netioapi.g.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type { RecordShape } from '../../ffi/types/ctype.ts';
import { fieldAt } from '../../ffi/types/layout.ts';
import type { Struct } from '../../ffi/types/record.ts';

/** One change of a table. */
export interface TableChange<Row> {
  /** The row as it is now; of a deleted one as it was. */
  readonly row: Row;
  /** MibParameterNotification, MibAddInstance or MibDeleteInstance. */
  readonly type: number;
}

/** How rows of a table are compared. */
export interface Comparison {
  readonly type: RecordShape;
  /** The fields by which a row is known. */
  readonly key: readonly string[];
  /** Fields that go on changing while nothing happens: ages, and times that are left. */
  readonly drifting: readonly string[];
}

export const INTERFACES: Comparison = {
  type: MIB_IPINTERFACE_ROW,
  key: ['Family', 'InterfaceLuid'],
  drifting: ['ReachableTime'],
};

export const UNICAST_ADDRESSES: Comparison = {
  type: MIB_UNICASTIPADDRESS_ROW,
  key: ['Address', 'InterfaceLuid'],
  drifting: ['ValidLifetime', 'PreferredLifetime'],
};

export const ROUTES: Comparison = {
  type: MIB_IPFORWARD_ROW2,
  key: ['DestinationPrefix', 'NextHop', 'InterfaceLuid'],
  drifting: ['ValidLifetime', 'PreferredLifetime', 'Age'],
};

/** The rows of a table by what they are known by, in the order of the table. */
export type KnownRows<Row> = ReadonlyMap<string, Row>;

export function knownRows<Row extends Struct>(
  rows: Iterable<Row>,
  { type, key }: Comparison,
): KnownRows<Row> {
  const places = key.map((name) => fieldPlace(type, name));
  const keyOf = (row: Row) =>
    places.map(([start, end]) => textOfBytes(row.subarray(start, end))).join();
  return new Map(Array.from(rows, (row) => [keyOf(row), row]));
}

/** @returns what has changed from one look at a table to the next: what is gone, then what is new or other */
export function changesBetween<Row extends Struct>(
  before: KnownRows<Row>,
  after: KnownRows<Row>,
  { type, drifting }: Comparison,
): TableChange<Row>[] {
  const places = drifting.map((name) => fieldPlace(type, name));
  const steady = (row: Row) => {
    const bytes = Buffer.from(row);
    for (const [start, end] of places) bytes.fill(0, start, end);
    return bytes;
  };
  const changes: TableChange<Row>[] = [];
  for (const [key, row] of before) {
    if (!after.has(key)) changes.push({ row, type: MibDeleteInstance });
  }
  for (const [key, row] of after) {
    const old = before.get(key);
    if (!old) changes.push({ row, type: MibAddInstance });
    else if (!steady(old).equals(steady(row))) {
      changes.push({ row, type: MibParameterNotification });
    }
  }
  return changes;
}

function fieldPlace(type: RecordShape, name: string): [start: number, end: number] {
  const { offset, type: field } = fieldAt(type, name, hostArch);
  return [offset, offset + field.sizeOf(hostArch)];
}

function textOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
