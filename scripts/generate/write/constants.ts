// Constants, GUIDs and enumerations, in groups with a title.

import type { ConstantValue, Guid, IrConstant, IrEnum, IrItem } from '../model/ir.ts';
import { constantText, groupText, groupTitle } from '../texts/lookup.ts';
import { linkOf } from '../texts/pages.ts';
import { comment, documentation } from './docs.ts';
import type { Writer } from './writer.ts';

export function emitConstants(writer: Writer, constants: IrItem[]): void {
  const { module, body } = writer;
  const sizes = new Map<string, number>();
  for (const item of constants) {
    const prefix = prefixOf(item.name);
    sizes.set(prefix, (sizes.get(prefix) ?? 0) + 1);
  }
  let group: string | undefined;
  for (const item of constants) {
    // A prefix without a title that few constants have makes no group.
    const prefix = prefixOf(item.name);
    const title = groupTitle(module.name, prefix, sizes.get(prefix) ?? 0);
    if (title !== group) {
      group = title;
      body.push('', ...(title ? [`// ${title}`] : []));
    }
    if (item.kind === 'constant') emitConstant(writer, item);
    else if (item.kind === 'variable' && item.guid) emitGuid(writer, item.name, item.guid);
  }
}

function emitConstant(writer: Writer, { name, value, text }: IrConstant): void {
  if (value.k === 'guid') emitGuid(writer, name, value.value);
  else {
    const number = value.k === 'int' ? value.value : undefined;
    writer.body.push(...saidOf(writer, name, number));
    writer.emit(name, `export const ${name} = ${literal(value, text)};`);
  }
}

/** What a constant is, or what all of its group are. */
function saidOf({ module }: Writer, name: string, value: bigint | number | undefined): string[] {
  const text = constantText(module.name, name, value) ?? groupText(module.name, prefixOf(name));
  return comment(text === undefined ? [] : [text]);
}

function emitGuid(writer: Writer, name: string, [a, b, c, rest]: Guid): void {
  const { scope, emit } = writer;
  const hex = (n: number, digits: number) => `0x${n.toString(16).padStart(digits, '0')}`;
  const parts = [hex(a, 8), hex(b, 4), hex(c, 4), ...rest.map((byte) => hex(byte, 2))];
  const call = `${scope.ffi('guid')}(${parts.join(', ')})`;
  emit(name, `export const ${name}: ${scope.ffi('GUID')} = /*#__PURE__*/ ${call};`);
}

export function emitEnum(writer: Writer, item: IrEnum): void {
  const { module, scope, body, emit } = writer;
  body.push('');
  if (item.name) {
    body.push(...documentation(item.name, linkOf('enum', item.name, module.name, item.file)));
    emit(item.name, `export const ${item.name} = ${scope.ffi('int')};`);
    body.push(`export type ${item.name} = number;`);
  }
  for (const { name, value } of item.members) {
    body.push(...saidOf(writer, name, value));
    emit(name, `export const ${name} = ${value};`);
  }
}

/** What groups constants: up to the first underline, or a few families that have none. */
function prefixOf(name: string): string {
  return /^(?:SOCK_NOTIFY_|WSAE(?=[A-Z])|SIOC|FIO(?=[A-Z])|POLL|[A-Z0-9]+_)/.exec(name)?.[0] ?? '';
}

/** A value as the module writes it, the way the header writes it. */
export function literal(value: ConstantValue, text: string): string {
  if (value.k === 'string') return `'${value.value.replace(/[\\']/g, '\\$&')}'`;
  if (value.k !== 'int') throw new Error('unreachable');
  let number = value.value;
  const minus = value.pointerSized || value.type === 'pointer';
  if (minus && number >= 1n << 63n) number -= 1n << 64n;
  const hex = /0x/i.test(text) || number >= 0x10000000n;
  const written = hex && number >= 0 ? `0x${number.toString(16)}` : `${number}`;
  const isSafe = number <= 0x1fffffffffffffn && number >= -0x1fffffffffffffn;
  return isSafe ? written : `${written}n`;
}
