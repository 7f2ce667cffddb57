import { hostArch } from '../../ffi/types/arch.ts';
import { type CArray, viewArray } from '../../ffi/types/array.ts';
import type { AnyCType } from '../../ffi/types/ctype.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import { uint32 } from '../../ffi/types/scalars.ts';

/** A C table: a count, then as many rows, of which the declaration shows the first. */
export interface TableType<Row> extends Pick<StructType<Struct>, 'name' | 'layoutFor'> {
  readonly prototype:
    | { readonly table: CArray<Row> }
    | { readonly Table: CArray<Row> }
    | { readonly Adapter: CArray<Row> };
}

interface TableShape {
  readonly row: AnyCType;
  /** The offset of the first row: its alignment may leave a gap after the count. */
  readonly start: number;
  readonly rowSize: number;
}

function shapeOf(type: TableType<unknown>): TableShape {
  const { type: rows, offset } = type.layoutFor(hostArch).fields[1]!;
  if (rows.kind !== 'array') throw new TypeError(`${type.name} is no table`);
  return { row: rows.element, start: offset, rowSize: rows.element.sizeOf(hostArch) };
}

/** How many bytes a table takes whose count is at the start of some memory. */
export function tableBytes(type: TableType<unknown>, memory: Uint8Array): number {
  const { start, rowSize } = shapeOf(type);
  return start + uint32.get(memory, 0) * rowSize;
}

/**
 * All rows of a table: an array of views of its memory, which lives as long as any of them.
 *
 * @param type the record of the table
 * @param memory the memory that a function has filled with it; none gives no rows
 * @throws RangeError where the count is beyond the memory
 */
export function rowsOf<Row>(type: TableType<Row>, memory: Uint8Array | undefined): CArray<Row> {
  const { row, start } = shapeOf(type);
  // The row's type in TypeScript is that of the table's elements.
  if (!memory) return viewArray(row, new Uint8Array(0), 0, 0) as CArray<Row>;
  const needed = tableBytes(type, memory);
  if (needed > memory.byteLength) {
    throw new RangeError(
      `${type.name} says that it has ${needed} bytes, but there are ${memory.byteLength}`,
    );
  }
  // Of rows of a record type it is an array of these records.
  return viewArray(row, memory, start, uint32.get(memory, 0)) as CArray<Row>;
}
