// Joins the records with overlays/fields.ts: how much memory their pointers have, and which field counts
// the array at their end.

import type { Bound } from '../../../lib/ffi/types/bound.ts';
import { FIELDS, type FieldGroup } from '../overlays/fields.ts';
import { unconst } from './ctype.ts';
import { lengthsOf, readBound } from './entries.ts';
import { type Ir, type IrField, type IrRecord, isRecord } from './ir.ts';
import type { Names } from './resolve.ts';

/**
 * Says of every record what the overlay and the rule know.
 *
 * @returns the names in the overlay that no header has
 */
export function addFieldFacts(
  ir: Ir,
  names: Names,
  groups: readonly FieldGroup[] = FIELDS,
): string[] {
  const entries = new Map(groups.flatMap(({ records }) => Object.entries(records)));
  const unused = new Set(entries.keys());
  for (const item of ir.items) {
    if (!isRecord(item)) continue;
    for (const record of withInner(item)) {
      unused.delete(record.name);
      const entry = entries.get(record.name) ?? {};
      const measured = { ...byRule(record, names), ...ofEntry(record, entry) };
      if (Object.keys(measured).length > 0) record.measured = measured;
    }
  }
  return [...unused];
}

/** A record and those that are declared inside it. */
function withInner(record: IrRecord): IrRecord[] {
  return [record, ...record.inline.flatMap(withInner)];
}

function ofEntry(record: IrRecord, entry: Readonly<Record<string, string>>): Record<string, Bound> {
  const known = new Set(fieldNames(record));
  const bounds = Object.entries(entry).map(([field, text]) => {
    const where = `${record.name}.${field}`;
    const bound = readBound(text, where);
    const absent = [field, ...lengthsOf(bound)].find((name) => !known.has(name));
    if (absent !== undefined) throw new Error(`overlays/fields: ${where}: no field '${absent}'`);
    return [field, bound] as const;
  });
  return Object.fromEntries(bounds);
}

/** The fields of a record, with those of its unnamed members. */
function fieldNames({ fields, inline }: IrRecord): string[] {
  return fields.flatMap(({ name, type }) => {
    if (name) return [name];
    const plain = unconst(type);
    return plain.k === 'inline' ? fieldNames(inline[plain.index] as IrRecord) : [];
  });
}

/** An array at the end that is declared with at most one element is counted by the number before it. */
function byRule({ kind, fields }: IrRecord, names: Names): Record<string, Bound> {
  const [counter, last] = fields.slice(-2);
  if (kind !== 'struct' || !counter || !last || !isOpen(last)) return {};
  const isNumber = names.resolve(counter.type).k === 'scalar';
  if (!isNumber || !/num|count/i.test(counter.name)) return {};
  return { [last.name]: { kind: 'count', parameter: counter.name } };
}

function isOpen({ type }: IrField): boolean {
  const plain = unconst(type);
  return plain.k === 'array' && plain.length <= 1;
}
