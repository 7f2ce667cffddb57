import type { CallExpr, Expr } from '../../ast.ts';
import {
  type CType,
  elementOf,
  isByte,
  isRecord,
  isText,
  type RecordType,
  sameRecord,
} from '../../ctypes.ts';
import { isNullLike } from '../../read/values.ts';
import type { Slot } from '../../survey/slots.ts';
import { type Code, call, code, LEVEL, Untranslatable } from '../code.ts';
import { type Kind, pointerKind, typedArray } from '../kinds.ts';
import { typeText } from '../types.ts';
import type { Writer } from '../writer.ts';
import { value } from './values.ts';

/** The size of what is allocated: of one structure, of several, or of bytes. */
function sizeArgument(e: Expr): { record?: RecordType; count?: Expr | undefined; bytes?: Expr } {
  if (e.k === 'sizeof' && isRecord(e.of)) return { record: e.of };
  if (e.k === 'binary' && e.op === '*') {
    if (e.l.k === 'sizeof' && isRecord(e.l.of)) return { record: e.l.of, count: e.r };
    if (e.r.k === 'sizeof' && isRecord(e.r.of)) return { record: e.r.of, count: e.l };
  }
  return { bytes: e };
}

/** Memory for pointers, which JavaScript has as an array that grows by itself. */
function listAllocation(
  w: Writer,
  name: string,
  e: CallExpr,
  size: Expr,
  count: Expr | undefined,
  type: CType,
  slot: Slot | undefined,
): Code {
  if (name === 'realloc') return value(w, e.args[0]!);
  const isOfPointer = (one: Expr) => one.k === 'sizeof' && one.of.k === 'ptr';
  let length = count && isOfPointer(size) ? count : undefined;
  if (size.k === 'binary' && size.op === '*') {
    if (isOfPointer(size.l)) length = size.r;
    else if (isOfPointer(size.r)) length = size.l;
  }
  if (!length) throw new Untranslatable('memory', 'memory for pointers of this size');
  const of = typeText(w, elementOf(type), slot);
  return code(`new Array<${of}>(${value(w, length).text}).fill(null!)`, LEVEL.call);
}

/** `(T *)malloc(…)`: memory, in the kind that its pointer has. */
export function allocation(
  w: Writer,
  given: Expr,
  type: CType,
  slot: Slot | undefined,
  wanted?: Kind,
): Code {
  let e = given;
  while (e.k === 'cast') e = e.e;
  if (e.k !== 'call' || e.callee.k !== 'name') throw new Untranslatable('memory', 'an allocation');
  const { name } = e.callee.sym;
  const element = elementOf(type);
  let size = e.args.at(-1)!;
  let count: Expr | undefined;
  if (name === 'calloc') {
    const [a, b] = e.args as [Expr, Expr];
    [count, size] = a.k === 'sizeof' ? [b, a] : [a, b];
  }
  const { record } = sizeArgument(size);
  const plain = isRecord(element) && element.plain === true && !element.api;
  if (plain) {
    // Of several only the first is used: whoever goes on to the next makes its bytes matter.
    if (name === 'realloc' || (record && !sameRecord(record, element))) {
      throw new Untranslatable('memory', `several ${element.name} are allocated`);
    }
    return code(`new ${element.name}()`, LEVEL.call);
  }
  const kind = wanted ?? pointerKind(type, slot);
  if (kind === 'list') return listAllocation(w, name, e, size, count, type, slot);
  let bytes: Code;
  if (e.callee.sym.api) {
    const args = e.args.map((arg) => value(w, arg));
    bytes = call(w.imports.value(e.callee.sym.api.name), ...args);
    if (kind === 'bytes' || kind === 'memory')
      return call(w.imports.c('bytesOf'), bytes, value(w, size));
  } else if (name === 'calloc') {
    bytes = call(w.imports.c('calloc'), value(w, count!), value(w, size));
  } else if (name === 'realloc') {
    const old = e.args[0]!;
    bytes = call(
      w.imports.c('realloc'),
      isNullLike(old) ? code('null') : value(w, old),
      value(w, size),
    );
  } else if (/^(?:malloc|alloca|_alloca)$/.test(name)) {
    bytes = call(w.imports.c('malloc'), value(w, size));
  } else {
    throw new Untranslatable('memory', name);
  }
  switch (kind) {
    case 'record':
      if (!isRecord(element)) break;
      return call(w.imports.value('cast'), code(w.typeValue(element)), bytes);
    case 'wide':
    case 'array': {
      const all = e.callee.sym.api ? call(w.imports.c('bytesOf'), bytes, value(w, size)) : bytes;
      return call(
        w.imports.c('view'),
        code(kind === 'wide' ? 'Uint16Array' : (typedArray(element) ?? 'Uint8Array')),
        all,
      );
    }
    case 'ref':
      return call(w.imports.value('cast'), code(w.typeValue(element)), bytes);
    case 'carray': {
      const all = e.callee.sym.api ? call(w.imports.c('bytesOf'), bytes, value(w, size)) : bytes;
      return call(w.imports.c('elements'), code(w.typeValue(element)), all);
    }
    case 'bytes':
    case 'memory':
      return bytes;
    case 'string':
      if (isText(type)) return call(w.imports.c('str'), bytes);
      break;
    case 'integer':
      return call(w.imports.value('addressOf'), bytes);
  }
  if (isByte(element) || element.k === 'void') return bytes;
  throw new Untranslatable('memory', `memory for ${kind}`);
}
