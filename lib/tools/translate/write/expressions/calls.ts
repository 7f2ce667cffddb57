import type { ApiParameter } from '../../api.ts';
import type { CallExpr, Expr, Sym } from '../../ast.ts';
import { elementOf, isBig, isInt, isPointer, isRecord, sameRecord } from '../../ctypes.ts';
import { isNullLike } from '../../read/values.ts';
import { at, type Code, call, code, LEVEL, sure, Untranslatable } from '../code.ts';
import { isListSym, kindOf, pointerKind } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { as, castPointer, pointerAs } from './conversions.ts';
import { idiom } from './idioms.ts';
import { libraryCall } from './library-calls.ts';
import { convertNumber } from './numbers.ts';
import { memory } from './pointers.ts';
import { isNullable, present, raw, value } from './values.ts';

export function callExpr(w: Writer, e: CallExpr): Code {
  const special = idiom(w, e);
  if (special) return special;
  const { callee } = e;
  if (callee.k !== 'name') return pointerCall(w, e);
  const { sym } = callee;
  if (sym.library) return libraryCall(w, e, sym.library);
  if (sym.kind === 'function') return ownCall(w, e, sym);
  if (sym.api) return apiCall(w, e, sym);
  if (sym.lost) throw new Untranslatable('unknown name', `what ${sym.name} is, is not known`);
  if (sym.kind === 'unknown') {
    const later = w.program.functions.find((one) => one.name === sym.name);
    if (later) return ownCall(w, e, later);
    w.missing.set(sym.name, (w.missing.get(sym.name) ?? 0) + 1);
    throw new Untranslatable('missing function', `the package lacks ${sym.name}`);
  }
  return pointerCall(w, e);
}

/** A call through a pointer to a function. */
function pointerCall(w: Writer, e: CallExpr): Code {
  const { callee, args } = e;
  const type = callee.type.k === 'ptr' ? callee.type.to : callee.type;
  if (type.k !== 'function')
    throw new Untranslatable('function pointer', 'a call of what is no function');
  const target = raw(w, callee);
  const params = type.params;
  const passed = args.map((arg, index) => {
    const param = params[index];
    if (!param) return value(w, arg);
    return isPointer(param.type)
      ? pointerAs(
          w,
          arg,
          pointerKind(param.type, param.slot),
          param.type,
          param.slot?.nullable === true,
        )
      : as(w, arg, param.type);
  });
  return call(isNullable(w, callee) ? sure(target).text : at(target, LEVEL.call), ...passed);
}

function ownCall(w: Writer, e: CallExpr, sym: Sym): Code {
  if (!sym.defined) w.missing.set(sym.name, (w.missing.get(sym.name) ?? 0) + 1);
  const variadic = sym.type.k === 'function' && sym.type.variadic;
  const params = sym.params ?? [];
  const passed = e.args.map((arg, index) => {
    const param = params[index];
    if (!param) {
      if (!variadic && params.length > 0)
        throw new Untranslatable('arguments', `${sym.name} has fewer parameters`);
      return value(w, arg);
    }
    return argument(w, arg, param);
  });
  if (!variadic && params.length === 0 && sym.defined) passed.length = 0;
  return call(w.symName(sym), ...passed);
}

/** An argument of a function of the program. */
export function argument(w: Writer, arg: Expr, param: Sym): Code {
  if (isPointer(param.type)) {
    const kind = pointerKind(param.type, param.slot, isListSym(param));
    const nullable = param.mayLack === true || param.slot?.nullable === true;
    return pointerAs(w, arg, kind, param.type, nullable);
  }
  return as(w, arg, param.type);
}

function apiCall(w: Writer, e: CallExpr, sym: Sym): Code {
  const api = sym.api!;
  const name = w.imports.value(api.name, api.entry);
  const passed = e.args.map((arg, index) => {
    const param = api.params?.[index];
    return param ? apiArgument(w, arg, param) : macroArgument(w, arg);
  });
  return call(name, ...passed);
}

/** Macros of the package take structures, numbers and memory as they are. */
function macroArgument(w: Writer, arg: Expr): Code {
  if (isNullLike(arg) && isPointer(arg.type)) return code('null');
  return isPointer(arg.type) ? present(w, arg) : value(w, arg);
}

/** An argument of a function of the package. */
export function apiArgument(w: Writer, arg: Expr, param: ApiParameter): Code {
  switch (param.takes) {
    case 'integer':
      if (isPointer(arg.type)) {
        if (isNullLike(arg)) return code('0');
        return castPointer(w, { k: 'cast', e: arg, type: param.type });
      }
      if (isInt(param.type) && isBig(param.type) !== isBig(arg.type)) return as(w, arg, param.type);
      return named(w, convertNumber(value(w, arg), arg.type, param.type, arg, true), arg, param);
    case 'string':
      return stringArgument(w, arg);
    case 'callback':
      return callbackArgument(w, arg, param);
    case 'pointer':
      return pointerArgument(w, arg, param);
    case 'record':
      return raw(w, arg);
    default:
      return as(w, arg, param.type);
  }
}

/** A HANDLE where the handle of a module or a window is asked for, which C takes as well. */
function named(w: Writer, given: Code, arg: Expr, { type }: ApiParameter): Code {
  const isOther = isInt(type) && isInt(arg.type) && /^(?:HINSTANCE|HMODULE|HWND)$/.test(type.name);
  if (!isOther || !/^(?:HANDLE|WSAEVENT)$/.test(arg.type.name)) return given;
  return code(`${at(given, LEVEL.compare)} as ${w.imports.type(type.name)}`, LEVEL.compare);
}

function stringArgument(w: Writer, arg: Expr): Code {
  if (isNullLike(arg)) return code('null');
  const inner = arg.k === 'cast' && isPointer(arg.e.type) ? arg.e : arg;
  const kind = kindOf(inner);
  if (kind === 'string' || kind === 'bytes' || kind === 'wide' || kind === 'address')
    return value(w, inner);
  if (kind === 'integer')
    return code(
      `${at(value(w, inner), LEVEL.compare)} as ${w.imports.type('Pointer')}`,
      LEVEL.compare,
    );
  if (!isPointer(inner.type)) {
    return code(
      `${at(value(w, inner), LEVEL.compare)} as ${w.imports.type('Pointer')}`,
      LEVEL.compare,
    );
  }
  return memory(w, inner);
}

function callbackArgument(w: Writer, arg: Expr, param: ApiParameter): Code {
  if (isNullLike(arg)) return code('null');
  let inner = arg;
  while (inner.k === 'cast' || (inner.k === 'unary' && inner.op === '&')) inner = inner.e;
  if (inner.k === 'name' && inner.sym.kind === 'function') {
    if (!param.kept) return code(w.symName(inner.sym));
    return code(registered(w, inner.sym, param.callback!));
  }
  return value(w, inner);
}

/** The constant that a function is registered as, for the system to keep. */
export function registered(w: Writer, sym: Sym, type: string): string {
  const key = `${sym.id} ${type}`;
  const known = w.registered.get(key);
  if (known) return known.id;
  const id = `${sym.id}Callback`;
  w.imports.value(type);
  w.registered.set(key, { id, type, sym });
  return id;
}

function pointerArgument(w: Writer, arg: Expr, param: ApiParameter): Code {
  if (isNullLike(arg)) return code('null');
  if (!isPointer(arg.type)) {
    const number = value(w, arg);
    return code(`${at(number, LEVEL.compare)} as ${w.imports.type('Pointer')}`, LEVEL.compare);
  }
  const target = elementOf(param.type);
  const inner = arg.k === 'cast' ? arg.e : arg;
  if (isRecord(target) && param.strict) {
    const kind = kindOf(inner);
    if (kind === 'records' || kind === 'record') {
      const given = elementOf(inner.type);
      if (isRecord(given) && sameRecord(given, target)) return value(w, inner);
    }
    return pointerAs(w, arg, 'record', param.type, true);
  }
  // The place of a pointer, where a number of its size is stored.
  const isPlace = kindOf(inner) === 'ref' && elementOf(inner.type).k === 'ptr';
  if (isPlace && isInt(target) && target.bits === 64)
    return call(w.imports.value('cast'), code(w.typeValue(target)), present(w, inner));
  if (kindOf(inner) === 'integer') {
    return code(
      `${at(value(w, inner), LEVEL.compare)} as ${w.imports.type('Pointer')}`,
      LEVEL.compare,
    );
  }
  return memory(w, arg);
}
