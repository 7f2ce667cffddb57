// Structures and unions: the interface with the fields, and the definition.

import { unconst } from '../model/ctype.ts';
import type { CType, IrField, IrRecord } from '../model/ir.ts';
import {
  FIELD_NAMES,
  MEMBER_ALIASES,
  OPEN_ENDED,
  RECORD_TEXTS,
  UTF8_FIELDS,
} from '../overlays/records.ts';
import { fieldText } from '../texts/lookup.ts';
import { linkOf } from '../texts/pages.ts';
import { comment, documentation } from './docs.ts';
import { boundText, descriptor, stringDescriptor, valueType } from './types.ts';
import type { Writer } from './writer.ts';

export function emitRecord(writer: Writer, record: IrRecord): void {
  for (const inner of record.inline) emitInner(writer, inner);
  writer.body.push(
    '',
    ...documentation(record.name, linkOf('struct', record.name, writer.module.name, record.file)),
  );
  emitRecordText(writer, record, true);
  writer.exports.push(record.name);
}

function emitInner(writer: Writer, record: IrRecord): void {
  for (const inner of record.inline) emitInner(writer, inner);
  writer.body.push('');
  emitRecordText(writer, record, false);
}

function emitRecordText(writer: Writer, record: IrRecord, exported: boolean): void {
  const word = exported ? 'export ' : '';
  const base = writer.scope.ffi(record.name in OPEN_ENDED ? 'OpenEnded' : 'Struct');
  writer.body.push(`${word}interface ${record.name} extends ${base} {`);
  for (const line of interfaceFields(writer, record)) writer.body.push(`  ${line}`);
  writer.body.push('}');
  const make = writer.scope.ffi(record.kind);
  const options_ = recordOptions(writer, record);
  writer.body.push(
    `${word}const ${record.name}: ${writer.scope.ffi('StructType')}<${record.name}> = /*#__PURE__*/ ${make}('${record.name}', () => ({`,
    ...fieldLines(writer, record, record.fields, '  '),
    `})${options_});`,
  );
}

function interfaceFields(writer: Writer, record: IrRecord): string[] {
  const lines: string[] = [];
  for (const field of record.fields) {
    const plain = unconst(field.type);
    if (!field.name && plain.k === 'inline') {
      lines.push(...interfaceFields(writer, record.inline[plain.index] as IrRecord));
    } else if (!field.name) {
      // Padding bits.
      if (plain.k === 'name') {
        const inner = writer.names.resolve(plain);
        if (inner.k === 'record') lines.push(...interfaceFields(writer, inner.item));
      }
    } else lines.push(...comment(said(record, field.name)), member(writer, record, field));
  }
  for (const [name, path] of Object.entries(MEMBER_ALIASES[record.name] ?? {})) {
    lines.push(...comment(said(record, name)));
    lines.push(`${name}: ${aliasType(writer, record, path.split('.'))};`);
  }
  return lines;
}

function said(record: IrRecord, field: string): string[] {
  const text = fieldText(record.name, field);
  return text === undefined ? [] : [text];
}

/** A pointer reads as a record or an address, but memory, or a callback, may be written to it. */
function member(writer: Writer, record: IrRecord, field: IrField): string {
  const name = fieldName(record, field);
  const type = fieldType(writer, record, field);
  const written = writtenType(writer, field.type, type);
  if (!written) return `${name}: ${type};`;
  return `get ${name}(): ${type}; set ${name}(value: ${written});`;
}

/** What a field takes, where it is more than what it reads as. */
function writtenType({ names, scope }: Writer, type: CType, read: string): string | undefined {
  const resolved = names.resolve(unconst(type));
  if (resolved.k === 'callback') {
    return `${scope.ffi('CallbackField')}<${scope.use(resolved.item.name)}>`;
  }
  if (/^Pointer\b/.test(read)) return scope.ffi('BufferArg');
  const pointee = resolved.k === 'ptr' ? names.resolve(resolved.to) : undefined;
  if (pointee?.k !== 'record' || !(pointee.item.name in OPEN_ENDED)) return undefined;
  return scope.ffi('BufferArg');
}

function aliasType(writer: Writer, record: IrRecord, path: string[]): string {
  const field = record.fields.find((one) => one.name === path[0]);
  if (!field) throw new Error(`overlays/records.ts: ${record.name} has no '${path[0]}'`);
  const plain = unconst(field.type);
  if (path.length === 1) return fieldType(writer, record, field);
  if (plain.k !== 'inline') throw new Error(`${record.name}.${path[0]} has no fields of its own`);
  return aliasType(writer, record.inline[plain.index] as IrRecord, path.slice(1));
}

function fieldType(writer: Writer, record: IrRecord, field: IrField): string {
  const isBuffer = record.measured?.[field.name] !== undefined;
  return valueType(field.type, writer.scope, !isBuffer, record);
}

function fieldLines(writer: Writer, record: IrRecord, fields: IrField[], indent: string): string[] {
  let anonymous = 0;
  return fields.map((field) => {
    if (field.bits !== undefined) {
      const base = `${writer.scope.ffi('bits')}(${descriptor(field.type, writer.scope)}, ${field.bits})`;
      return `${indent}${field.name ? fieldName(record, field) : `$${++anonymous}`}: ${base},`;
    }
    const isBuffer = record.measured?.[field.name] !== undefined;
    const text = isBuffer ? undefined : stringDescriptor(field.type, writer.scope);
    const type = text ? writer.scope.ffi(text) : fieldDescriptor(writer, record, field);
    if (!field.name) return `${indent}$${++anonymous}: ${writer.scope.ffi('anon')}(${type}),`;
    return `${indent}${fieldName(record, field)}: ${type},`;
  });
}

function fieldDescriptor({ scope, names }: Writer, record: IrRecord, field: IrField): string {
  const resolved = names.resolve(unconst(field.type));
  if (UTF8_FIELDS[record.name]?.includes(field.name) && resolved.k === 'array') {
    return `${scope.ffi('array')}(${scope.ffi('charUtf8')}, ${resolved.length})`;
  }
  return descriptor(field.type, scope, record);
}

function recordOptions(writer: Writer, record: IrRecord): string {
  const parts: string[] = [];
  if (record.pack) parts.push(`pack: ${record.pack}`);
  if (record.name in OPEN_ENDED) parts.push('openEnded: true');
  parts.push(...measuredOptions(writer, record));
  const text = RECORD_TEXTS[record.name];
  if (text) parts.push(`text: ${writer.scope.ffi(text)}`);
  const aliases = MEMBER_ALIASES[record.name];
  if (aliases) {
    const pairs = Object.entries(aliases).map(([name, path]) => `${name}: '${path}'`);
    parts.push(`aliases: { ${pairs.join(', ')} }`);
  }
  if (record.byArch?.ia32) {
    const lines = fieldLines(writer, record, record.byArch.ia32, '    ');
    parts.push(`byArch: { ia32: () => ({\n${lines.join('\n')}\n  }) }`);
  }
  return parts.length > 0 ? `, { ${parts.join(', ')} }` : '';
}

/** Arrays that a field counts, and all other memory that a field measures. */
function measuredOptions({ scope }: Writer, { fields, measured = {} }: IrRecord): string[] {
  const counted: string[] = [];
  const others: string[] = [];
  for (const [name, bound] of Object.entries(measured)) {
    const type = fields.find((field) => field.name === name)?.type;
    const isArray = type !== undefined && unconst(type).k === 'array';
    if (isArray && bound.kind === 'count') counted.push(`${name}: '${bound.parameter}'`);
    else if (bound.kind !== 'opaque') others.push(`${name}: ${boundText(bound, scope)}`);
  }
  return [
    ...(counted.length > 0 ? [`counted: { ${counted.join(', ')} }`] : []),
    ...(others.length > 0 ? [`measured: { ${others.join(', ')} }`] : []),
  ];
}

const OWN_MEMBERS = new Set(
  [
    Uint8Array.prototype,
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    Object.prototype,
  ].flatMap((object) => Object.getOwnPropertyNames(object)),
);

function fieldName(record: IrRecord, field: IrField): string {
  const name = FIELD_NAMES[`${record.name}.${field.name}`] ?? field.name;
  if (OWN_MEMBERS.has(name)) {
    throw new Error(
      `${record.name}.${name} would hide Uint8Array's own '${name}': rename it in overlays/records.ts`,
    );
  }
  return name;
}
