// Typedefs: other names for types, handles, pointers, and function types.

import { unconst } from '../model/ctype.ts';
import { isCalled } from '../model/facts.ts';
import type { CType, IrTypedef, ParamFacts } from '../model/ir.ts';
import { WHEN_THROWN } from '../overlays/functions.ts';
import { ANY_HANDLE } from '../overlays/handles.ts';
import { linkOf } from '../texts/pages.ts';
import { documentation, safe } from './docs.ts';
import { resultDescriptor, signatureText } from './functions.ts';
import { argumentType, descriptor, parameter, valueType } from './types.ts';
import type { Writer } from './writer.ts';

export function emitTypedef(writer: Writer, item: IrTypedef): void {
  const { names, scope, body, emit, alias } = writer;
  const { name } = item;
  const handle = names.handleBehind(item);
  if (handle) {
    emit(name, `export const ${name} = ${scope.use(handle)};`, `export type ${name} = ${handle};`);
    return;
  }
  if (names.isHandle(name)) {
    emit(name, `export const ${name} = ${scope.ffi('intptr')};`);
    const flavor = name === ANY_HANDLE ? 'string' : `'${name}'`;
    body.push(`export type ${name} = number & ${scope.ffi('Flavor')}<${flavor}>;`);
    return;
  }
  const plain = unconst(item.type);
  const resolved = names.resolve({ k: 'name', name });
  if (resolved.k === 'callback') emitCallback(writer, item);
  else if (resolved.k === 'scalar') {
    const base = resolved.base === 'int32' ? 'int' : resolved.base;
    if (base === 'void') return;
    emit(name, `export const ${name} = ${scope.ffi(base)};`);
    body.push(`export type ${name} = ${/^u?int64$/.test(base) ? 'bigint' : 'number'};`);
  } else if (resolved.k === 'record' || resolved.k === 'enum') {
    if (resolved.k === 'record' && !resolved.item.complete) return;
    if (resolved.item.name !== name) alias(name, resolved.item.name);
  } else if (resolved.k === 'ptr') {
    const text = descriptor(plain.k === 'ptr' ? plain : { k: 'ptr', to: resolved.to }, scope);
    const lazy = text.replace(/^ptr\((.*)\)$/, 'ptr(() => $1)');
    const value = valueType({ k: 'ptr', to: resolved.to }, scope, false);
    const type = value.replace(/^(\w+) \| null$/, `${scope.ffi('Pointer')}<$1>`);
    emit(name, `export const ${name} = /*#__PURE__*/ ${lazy};`, `export type ${name} = ${type};`);
  } else if (resolved.k === 'array') {
    const element = names.resolve(resolved.of);
    if (element.k !== 'scalar') throw new Error(`${name}: an array of ${element.k} as a typedef`);
    const text = `${scope.ffi('array')}(${scope.ffi(element.base)}, ${resolved.length})`;
    emit(name, `export const ${name} = /*#__PURE__*/ ${text};`);
    body.push(`export type ${name} = ${valueType(resolved, scope, false)};`);
  }
}

function emitCallback(writer: Writer, item: IrTypedef): void {
  const { module, names, scope, body, emit, alias } = writer;
  const { name } = item;
  const own = unconst(item.type);
  const fn = names.callbackOf(item);
  if (!fn) throw new Error(`${name} is not a function type`);
  const other = own.k === 'ptr' ? unconst(own.to) : own;
  if (other.k === 'name' && !other.tag) {
    alias(name, other.name);
    return;
  }
  const listOf = (typeOf: (type: CType, facts: ParamFacts) => string) =>
    fn.params.map(({ name, type, facts }) => `${safe(name)}: ${typeOf(type, facts)}`).join(', ');
  const signature = [
    resultDescriptor(fn.ret, scope),
    ...fn.params.map((param) => parameter(param, scope)),
  ];
  body.push('', ...documentation(name, linkOf('callback', name, module.name, item.file)));
  const result = valueType(fn.ret, scope, true);
  const given = listOf((type, { string }) => valueType(type, scope, string ?? false));
  if (!isCalled(name)) body.push(`export type ${name} = (${given}) => ${result};`);
  else {
    const taken = listOf((type, own) => argumentType(type, own, scope));
    body.push(
      `export type ${name} = ((${given}) => ${result}) &`,
      `  ${scope.ffi('Called')}<(${taken}) => ${result}>;`,
    );
  }
  const head = `export const ${name}: ${scope.ffi('CallbackType')}<${name}>`;
  const whenThrown = name in WHEN_THROWN ? `, ${WHEN_THROWN[name]?.result}` : '';
  emit(
    name,
    `${head} = /*#__PURE__*/ ${scope.ffi('callback')}('${name}', () => ${signatureText(signature)}${whenThrown});`,
  );
}
