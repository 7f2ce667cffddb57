import type { CallExpr, Expr } from '../../ast.ts';
import {
  elementOf,
  isArithmetic,
  isBig,
  isByte,
  isPointer,
  isRecord,
  isText,
  sameRecord,
} from '../../ctypes.ts';
import { constantOf, isSamePlace } from '../../read/values.ts';
import { givenPlace, placeGiven } from '../../survey/places.ts';
import { sharedBy } from '../../survey/threads.ts';
import { at, type Code, call, code, LEVEL, method, text, Untranslatable } from '../code.ts';
import { kindOf, typedArray } from '../kinds.ts';
import { typeText } from '../types.ts';
import type { Writer } from '../writer.ts';
import { condition } from './conditions.ts';
import { castPointer } from './conversions.ts';
import { memory } from './pointers.ts';
import { present, raw, value } from './values.ts';

/** Calls that TypeScript says in another way than by a function of the same name. */
export function idiom(w: Writer, e: CallExpr): Code | undefined {
  if (e.callee.k !== 'name' || e.callee.sym.kind === 'function') return undefined;
  const { name } = e.callee.sym;
  switch (name) {
    case 'memset':
    case 'ZeroMemory':
    case 'RtlZeroMemory':
    case 'SecureZeroMemory':
    case 'bzero':
    case 'FillMemory':
      return fill(w, name, e.args);
    case 'min':
    case '__min':
    case 'max':
    case '__max': {
      const [a, b] = e.args;
      if (!a || !b || isPointer(a.type)) return undefined;
      return call(`Math.${name.replaceAll('_', '')}`, value(w, a), value(w, b));
    }
    case 'CONTAINING_RECORD': {
      const [from, path] = e.args;
      if (!from || path?.k !== 'offsetof' || !isRecord(path.of)) return undefined;
      const where = value(w, path);
      const offset = code(`-${at(where, LEVEL.unary)}`, LEVEL.unary);
      return call(w.imports.value('cast'), code(w.typeValue(path.of)), present(w, from), offset);
    }
    case 'assert':
      return e.args[0] && call(w.imports.c('assert'), condition(w, e.args[0]));
    case 'CreateThread':
      return thread(w, e.args[2], e.args[3]);
    case '_beginthreadex':
      return thread(w, e.args[2], e.args[3]);
    case '_beginthread':
      return thread(w, e.args[0], e.args[2]);
    case 'va_start':
      return e.args[0] && code(`${raw(w, e.args[0]).text} = [...${listGiven(w, e)}]`, LEVEL.assign);
    case 'va_end':
      return e.args[0] && code(`${raw(w, e.args[0]).text} = []`, LEVEL.assign);
    case 'FormatMessage':
    case 'FormatMessageA':
    case 'FormatMessageW':
      return formatMessage(w, e.args);
    case 'LocalFree': {
      const [text] = e.args;
      if (!text || kindOf(bare(text)) !== 'string') return undefined;
      return call(w.imports.c('free'), value(w, bare(text)));
    }
    case 'WSAIoctl':
      return extensionFunction(w, e.args);
    default:
      return Object.hasOwn(WITH_LIST, name) ? withList(w, WITH_LIST[name]!, e) : undefined;
  }
}

/** What a list of arguments starts with: those of the function, or for va_copy another list. */
function listGiven(w: Writer, e: CallExpr): string {
  const other = e.args[1];
  return other && isRecord(other.type) ? raw(w, other).text : w.rest;
}

/** The next argument of a list, as a type that the caller has given it. */
export function nextArgument(w: Writer, e: Expr & { k: 'cast' }): Code | undefined {
  const inner = e.e;
  const isNext =
    inner.k === 'call' && inner.callee.k === 'name' && inner.callee.sym.name === '__va_arg';
  if (!isNext || !inner.args[0]) return undefined;
  const next = method(raw(w, inner.args[0]), 'shift');
  const as = (type: string) => code(`${next.text} as ${type}`, LEVEL.compare);
  if (isArithmetic(e.type)) return as(isBig(e.type) ? 'bigint' : 'number');
  const element = elementOf(e.type);
  if (isText(e.type)) return call(w.imports.c('str'), as(w.imports.type('Text', 'winsock/c')));
  if (isRecord(element)) return as(typeText(w, element, undefined));
  if (element.k === 'function') return as(typeText(w, e.type, undefined));
  return as('Uint8Array');
}

/** A thread: a worker that runs the same program, and there the routine. */
function thread(
  w: Writer,
  routine: Expr | undefined,
  parameter: Expr | undefined,
): Code | undefined {
  let inner = routine;
  while (inner && (inner.k === 'cast' || (inner.k === 'unary' && inner.op === '&')))
    inner = inner.e;
  if (inner?.k !== 'name' || inner.sym.kind !== 'function' || !parameter) {
    throw new Untranslatable('thread', 'the routine of a thread that is not named here');
  }
  w.threads.add(inner.sym);
  const shared = sharedBy(inner.sym, w.program).map(({ name }) => name);
  if (shared.length > 0) {
    const names = shared.join(', ');
    w.remarks.push(
      `the thread has variables of its own, and changes of ${names} are not seen by others; put them into ` +
        'memory of the process heap, or hand them on',
    );
  }
  const bare = parameter.k === 'cast' ? parameter.e : parameter;
  const passed = isPointer(bare.type)
    ? castPointer(w, {
        k: 'cast',
        e: bare,
        type: { k: 'int', bits: 64, signed: false, number: true, name: 'ULONG_PTR' },
      })
    : value(w, bare);
  return call(w.imports.c('CreateThread'), code('import.meta.url'), text(inner.sym.id), passed);
}

/** Functions that take a `va_list`, and those that take the arguments themselves. */
const WITH_LIST: Readonly<Record<string, string>> = {
  vprintf: 'printf',
  vfprintf: 'fprintf',
  vsprintf: 'sprintf',
  vsprintf_s: 'sprintf_s',
  vsnprintf: 'snprintf',
  _vsnprintf: '_snprintf',
  _vsnprintf_s: '_snprintf_s',
  vwprintf: 'wprintf',
  StringCchVPrintf: 'StringCchPrintf',
  StringCbVPrintf: 'StringCbPrintf',
};

function withList(w: Writer, name: string, e: CallExpr): Code {
  const list = e.args.at(-1)!;
  if (!isRecord(list.type)) throw new Untranslatable('arguments', 'the list of arguments');
  const before = e.args
    .slice(0, -1)
    .map((arg) => (isPointer(arg.type) ? present(w, bare(arg)) : value(w, arg)));
  return call(w.imports.c(name), ...before, code(`...${raw(w, list).text}`));
}

/** FormatMessage that makes the text itself. */
function formatMessage(w: Writer, args: readonly Expr[]): Code | undefined {
  const sym = placeGiven(args[4]);
  if (sym?.type.k !== 'ptr') return undefined;
  const [flags, , id, language] = args.map((arg) =>
    isPointer(arg.type) ? code('null') : value(w, arg),
  );
  const size = code('0');
  return call(
    w.imports.c('FormatMessage'),
    flags!,
    code('null'),
    id!,
    language!,
    code(w.symName(sym)),
    size,
    code('null'),
  );
}

/** An extension function is there without its address being asked for. */
function extensionFunction(w: Writer, args: readonly Expr[]): Code | undefined {
  const [, control, , , place] = args;
  const isAsked =
    control?.k === 'name' && control.sym.name === 'SIO_GET_EXTENSION_FUNCTION_POINTER';
  const given = isAsked ? givenPlace(place) : undefined;
  if (given?.k !== 'name' && given?.k !== 'member') return undefined;
  const type = given.type.k === 'ptr' ? given.type.name : undefined;
  const name = type && w.api.extensionOf(type);
  if (!name) throw new Untranslatable('extension function', 'an extension function without a type');
  const target = given.k === 'name' ? given.sym.id : raw(w, given).text;
  return code(`(${target} = ${w.imports.value(name)}, 0 as number)`);
}

function bare(e: Expr): Expr {
  return e.k === 'cast' && isPointer(e.type) && isPointer(e.e.type) ? bare(e.e) : e;
}

/** memset and its like: the `fill` of what is filled. */
function fill(w: Writer, name: string, args: readonly Expr[]): Code | undefined {
  const order = name === 'memset' ? [0, 1, 2] : name === 'FillMemory' ? [0, 2, 1] : [0, -1, 1];
  const [target, byte, size] = order.map((index) => (index < 0 ? undefined : args[index]));
  if (!target || !size) return undefined;
  const inner = bare(target);
  const kind = kindOf(inner);
  const constant = byte ? constantOf(byte) : 0;
  if (kind === 'box' || kind === 'list') {
    if (
      constant === 0 &&
      inner.type.k === 'array' &&
      isRecord(inner.type.of) &&
      inner.type.of.plain
    ) {
      return call(w.imports.c('clear'), raw(w, inner));
    }
    const rows =
      inner.type.k === 'array' && inner.type.of.k === 'array' ? inner.type.of : undefined;
    const cell = rows && elementOf(rows);
    if (rows && cell?.k !== 'array' && (isByte(cell!) || constant === 0) && isWhole(inner, size)) {
      if (typedArray(cell!) === undefined) throw new Untranslatable('memory', 'rows of this type');
      const every = constant === 0 ? code(isBig(cell!) ? '0n' : '0') : value(w, byte!);
      return method(raw(w, inner), 'forEach', code(`(row) => row.fill(${every.text})`));
    }
    throw new Untranslatable('memory', 'an array of pointers is filled as memory');
  }
  const element = elementOf(inner.type);
  if (isRecord(element) && element.plain && !element.api && kind === 'record') {
    if (constant !== 0) throw new Untranslatable('memory', `${element.name} is filled with bytes`);
    return call(
      w.imports.c('assign'),
      present(w, inner),
      code(`new ${element.name}()`, LEVEL.call),
    );
  }
  const fillWith = byte ? value(w, byte) : code('0');
  const whole = isWhole(inner, size);
  if (whole) {
    if (kind === 'record' || kind === 'bytes' || kind === 'ref')
      return method(present(w, inner), 'fill', fillWith);
    if (kind === 'wide' || kind === 'array') {
      if (constant === 0)
        return method(present(w, inner), 'fill', code(isBig(element) ? '0n' : '0'));
    }
    if (kind === 'records' || kind === 'carray')
      return method(
        code(`${at(present(w, inner), LEVEL.call)}.bytes`, LEVEL.call),
        'fill',
        fillWith,
      );
  }
  return call(w.imports.c('memset'), memory(w, target), fillWith, value(w, size));
}

/** Whether a size is that of all the memory. */
function isWhole(target: Expr, size: Expr): boolean {
  if (size.k !== 'sizeof') return false;
  const place = target.k === 'unary' && target.op === '&' ? target.e : target;
  if (isRecord(place.type)) return isRecord(size.of) && sameRecord(size.of, place.type);
  if (place.type.k === 'array') return size.e !== undefined && isSamePlace(size.e, place);
  if (place.type.k === 'ptr' && isRecord(place.type.to)) {
    return isRecord(size.of) && sameRecord(size.of, place.type.to);
  }
  if (place.type.k === 'int')
    return size.of.k === 'int' && size.of.bits === place.type.bits && target !== place;
  return false;
}
