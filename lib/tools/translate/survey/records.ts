import { type CType, isRecord, type RecordType, sameRecord } from '../ctypes.ts';
import type { Origins } from './origins.ts';

/** A structure that several files read from a header has one slot for each of its fields. */
export function shareFields(records: readonly RecordType[], origins: Origins): void {
  const first = new Map<string, RecordType>();
  for (const record of records) {
    const other = first.get(record.name);
    if (!other) {
      first.set(record.name, record);
      continue;
    }
    record.fields?.forEach((field, index) => {
      const same = other.fields?.[index];
      if (!same || same.name !== field.name) return;
      const slot = origins.slotOfField(other, same);
      if (slot) field.slot = slot;
    });
  }
}

/** A structure is plain until something asks for its bytes; one with a layout of its own never is. */
export function plainAtFirst(record: RecordType): void {
  const mixed = record.fields?.some(({ bits, name }) => bits !== undefined || name === '');
  record.plain ??= !record.union && !mixed && record.pack === undefined;
}

/** What is part of a structure whose bytes matter has bytes too, and the other way round in unions. */
export function spreadBytes(records: readonly RecordType[]): void {
  let changed = true;
  const spoil = (type: CType) => {
    const inner = type.k === 'array' ? type.of : type;
    if (isRecord(inner) && inner.plain && inner.name !== 'FILE' && inner.name !== 'tm') {
      inner.plain = false;
      changed = true;
    }
  };
  while (changed) {
    changed = false;
    // Of several files' the same structure is the same everywhere.
    for (const record of records) {
      const other = records.find((one) => !one.plain && sameRecord(one, record));
      if (record.plain && other) spoil(record);
    }
    for (const record of records) {
      if (record.plain) continue;
      for (const field of record.fields ?? []) {
        spoil(field.type);
        // A pointer in memory that is a structure's points to memory.
        if (field.type.k === 'ptr') spoil(field.type.to);
      }
    }
  }
}
