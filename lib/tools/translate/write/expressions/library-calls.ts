import type { CallExpr, Expr } from '../../ast.ts';
import { elementOf, isPointer, isRecord } from '../../ctypes.ts';
import { type LibraryFunction, MISSING, type Role } from '../../library.ts';
import { isNullLike } from '../../read/values.ts';
import { isAllocation } from '../../survey/facts.ts';
import { type Code, call, code, sure, Untranslatable } from '../code.ts';
import { kindOf } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { allocation } from './allocations.ts';
import { as, pointerAs } from './conversions.ts';
import { convertNumber } from './numbers.ts';
import { memory } from './pointers.ts';
import { isNullable, present, raw, value } from './values.ts';

/** Types of the library's parameters count only for numbers. */
export function libraryCall(w: Writer, e: CallExpr, library: LibraryFunction): Code {
  const { sym } = e.callee as { sym: { name: string } };
  if (MISSING.has(library.name)) {
    w.missing.set(sym.name, (w.missing.get(sym.name) ?? 0) + 1);
    throw new Untranslatable('missing function', `winsock/c lacks ${sym.name}`);
  }
  if (isAllocation(e)) return allocation(w, e, e.type, undefined, library.wide ? 'wide' : 'bytes');
  const isListOfPointers = library.name === 'qsort' && kindOf(e.args[0]!) === 'list';
  const passed = e.args.map((arg, index) => {
    const role = library.roles[Math.min(index, library.roles.length - 1)] ?? 'values';
    const type = library.type.params[index]?.type;
    if (isListOfPointers && index === 0) return present(w, arg);
    return argument(w, arg, role, type, library);
  });
  return call(w.imports.c(library.name), ...passed);
}

function argument(
  w: Writer,
  arg: Expr,
  role: Role,
  type: Expr['type'] | undefined,
  library: LibraryFunction,
): Code {
  if (isNullLike(arg) && isPointer(arg.type)) return code('null');
  switch (role) {
    case 'number':
      return type ? as(w, arg, type, true) : value(w, arg);
    case 'big':
      return convertNumber(
        value(w, arg),
        arg.type,
        { k: 'int', bits: 64, signed: true, name: 'int64' },
        arg,
      );
    case 'text':
      return textArgument(w, arg);
    case 'into': {
      const kind = kindOf(arg);
      if (isNullLike(arg)) return code('null');
      return pointerAs(
        w,
        arg,
        library.wide ? 'wide' : kind === 'wide' ? 'wide' : 'bytes',
        arg.type,
        false,
      );
    }
    case 'memory':
    case 'fill': {
      if (isNullLike(arg)) return code('null!');
      if (!isPointer(arg.type)) throw new Untranslatable('pointer', 'a number is passed as memory');
      const element = elementOf(arg.k === 'cast' ? arg.e.type : arg.type);
      if (isRecord(element) && element.plain)
        throw new Untranslatable('memory', `the bytes of ${element.name}`);
      const given = memory(w, arg);
      return isNullable(w, arg) && !given.text.endsWith('!') ? sure(given) : given;
    }
    case 'free':
      return raw(w, arg.k === 'cast' ? arg.e : arg);
    case 'object':
      return raw(w, arg);
    case 'values':
      return printed(w, arg);
    case 'places':
      return scanned(w, arg);
    case 'time':
    case 'end':
    case 'file':
    case 'record':
      return isNullLike(arg) ? code('null') : present(w, arg);
    case 'function':
      return value(w, arg);
  }
}

function textArgument(w: Writer, arg: Expr): Code {
  const inner = arg.k === 'cast' && isPointer(arg.e.type) ? arg.e : arg;
  switch (kindOf(inner)) {
    case 'string':
    case 'bytes':
    case 'wide':
      return present(w, inner);
    case 'null':
      return code('null');
    default:
      return pointerAs(w, arg, kindOf(inner) === 'address' ? 'string' : 'bytes', arg.type, false);
  }
}

/** A value for printf: numbers and text as they are, other pointers as addresses. */
function printed(w: Writer, arg: Expr): Code {
  if (!isPointer(arg.type)) {
    if (isRecord(arg.type)) throw new Untranslatable('printf', 'a structure is printed');
    return value(w, arg);
  }
  const inner = arg.k === 'cast' && isPointer(arg.e.type) ? arg.e : arg;
  switch (kindOf(inner)) {
    case 'string':
    case 'bytes':
    case 'wide':
    case 'address':
    case 'integer':
      return value(w, inner);
    case 'null':
      return code('null');
    case 'list':
    case 'box':
    case 'function':
    case 'file':
      throw new Untranslatable('printf', 'the address of a JavaScript object is printed');
    default:
      return memory(w, inner);
  }
}

/** A place for scanf: a Ref, or bytes for text. */
function scanned(w: Writer, arg: Expr): Code {
  const kind = kindOf(arg);
  if (kind === 'box' || kind === 'string' || kind === 'list')
    throw new Untranslatable('scanf', 'the place of this');
  return present(w, arg);
}
