import { RIO_EXTENSION_FUNCTION_TABLE } from '../../../defs/mswsock.g.ts';
import { entriesOf } from '../../api/extensions/function-table.ts';
import { type RIOFunctions, rioDefinition } from '../../api/extensions/rio-table.ts';
import { uncheckedAt } from '../../ffi/calls/unchecked.ts';
import { sizeof } from '../../ffi/types/record.ts';

export { rioTable } from '../../api/extensions/rio-table.ts';

type Native = (...args: number[]) => number;

/** The functions of Registered I/O, bound without their checks: addresses are plain numbers. */
export type RioFunctions = Readonly<Record<keyof RIOFunctions, Native>>;

/** By the address of the first: tables of one provider are the same. */
const known = new Map<number, RioFunctions>();

/**
 * Binds the functions of a table.
 *
 * @param table a RIO_EXTENSION_FUNCTION_TABLE, as `rioTable` gives it
 * @throws RangeError where it is shorter than such a table
 * @throws TypeError where a function is missing
 */
export function bindRioTable(table: Uint8Array): RioFunctions {
  const bytes = sizeof(RIO_EXTENSION_FUNCTION_TABLE);
  if (table.byteLength < bytes) {
    throw new RangeError(`a table of ${table.byteLength} bytes; ${bytes} are needed`);
  }
  const entries = entriesOf(RIO_EXTENSION_FUNCTION_TABLE).map(({ name, offset, type }) => {
    const address = type.get(table, offset);
    if (address === 0) throw new TypeError(`the table has no ${name}`);
    // The fields of the table are named like its functions.
    return { name: name as keyof RIOFunctions, type, address };
  });
  const key = entries[0]!.address;
  let functions = known.get(key);
  if (!functions) {
    const bound = entries.map(({ name, type, address }) => [
      name,
      uncheckedAt(type, address, name, rioDefinition(name).failure),
    ]);
    // Those are all that the table has.
    functions = Object.fromEntries(bound) as RioFunctions;
    known.set(key, functions);
  }
  return functions;
}
