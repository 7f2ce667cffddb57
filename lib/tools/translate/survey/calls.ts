import type { CallExpr, Expr, Sym } from '../ast.ts';
import { CHAR, elementOf, isPointer, isRecord, pointerTo, WCHAR } from '../ctypes.ts';
import { isNullLike } from '../read/values.ts';
import { functionOf, isOpaque, markChanged, THREAD_ROUTINES } from './facts.ts';
import type { Flow } from './flow.ts';
import type { Origins } from './origins.ts';
import { placeGiven } from './places.ts';
import { Slot } from './slots.ts';

/** What calls do with what they are given: functions of the program, of C's library and of the system. */
export class Calls {
  readonly #origins: Origins;
  readonly #flow: Flow;
  /** Variables that hold extension functions. */
  readonly extensions = new Set<Sym>();

  constructor(origins: Origins, flow: Flow) {
    this.#origins = origins;
    this.#flow = flow;
  }

  call(e: CallExpr): void {
    const { callee, args } = e;
    for (const arg of args) {
      if (arg.k === 'name' && arg.sym.kind === 'function') arg.sym.taken = true;
    }
    if (
      functionOf(callee.type) &&
      (callee.k !== 'name' || callee.sym.kind === 'variable' || callee.sym.kind === 'parameter')
    ) {
      this.#flow.pointerCall(callee, args);
      return;
    }
    if (callee.k !== 'name') return;
    const { sym } = callee;
    if (/^FormatMessage[AW]?$/.test(sym.name)) this.#allocatedText(args[4], sym);
    if (sym.name === 'WSAIoctl') this.#extension(args);
    const routine = THREAD_ROUTINES[sym.name];
    if (routine !== undefined && args[routine])
      this.#thread(args[routine]!, args[routine === 0 ? 2 : 3]);
    if (sym.kind === 'function') {
      sym.params?.forEach((param, index) => {
        const arg = args[index];
        if (arg) this.#flow.argument(param, arg);
      });
      return;
    }
    if (sym.library) {
      const { roles } = sym.library;
      if (roles.includes('end')) this.#endOf(args, roles.indexOf('end'));
      args.forEach((arg, index) => {
        const role = roles[Math.min(index, roles.length - 1)];
        if (role === 'into' || role === 'fill' || role === 'memory' || role === 'places') {
          this.#origins.use(arg);
          if (role !== 'places') this.#bytesOf(arg, sym.name);
        }
      });
      return;
    }
    sym.api?.params?.forEach((param, index) => {
      const arg = args[index];
      if (!arg) return;
      if (param.takes === 'callback') this.callback(arg);
      if (param.takes === 'pointer') this.#origins.use(arg);
      if (param.takes === 'pointer') this.#bytesOf(arg, sym.name);
    });
  }

  /** The pointer that is set to a place of the text which a function reads, as strtol's. */
  #endOf(args: readonly Expr[], index: number): void {
    const end = args[index] && this.#origins.originOf(args[index]);
    const text = args[0] && !isNullLike(args[0]) && this.#origins.originOf(args[0]);
    if (!(end instanceof Slot)) return;
    if (text instanceof Slot) end.unite(text);
    else if (text === 'bytes') end.bytes = true;
  }

  /** The place of a pointer that FormatMessage sets to a text. */
  #allocatedText(given: Expr | undefined, sym: Sym): void {
    const place = placeGiven(given);
    if (place?.type.k !== 'ptr') return;
    if (place.type.to.k === 'void') place.type = pointerTo(sym.name.endsWith('W') ? WCHAR : CHAR);
    const slot = this.#origins.slotOfSym(place);
    if (slot) slot.nullable = true;
  }

  /** A variable for an extension function is set to it, not written at its address. */
  #extension(args: readonly Expr[]): void {
    const [, control, , , given] = args;
    if (control?.k !== 'name' || control.sym.name !== 'SIO_GET_EXTENSION_FUNCTION_POINTER') return;
    const place = placeGiven(given);
    if (!place) return;
    this.extensions.add(place);
    place.assigned = (place.assigned ?? 0) + 1;
  }

  /** What a thread is given is a number: a handle or an address. */
  #thread(routine: Expr, given: Expr | undefined): void {
    // The address of a structure that is given has to be one of memory.
    const inner = given?.k === 'cast' ? given.e : given;
    const element = inner && elementOf(inner.type);
    if (isRecord(element)) element.plain &&= isOpaque(element);
    let e = routine;
    while (e.k === 'cast' || (e.k === 'unary' && e.op === '&')) e = e.e;
    if (e.k !== 'name') return;
    for (const param of e.sym.params ?? []) {
      const slot = this.#origins.slotOfSym(param);
      if (slot) slot.integer = true;
    }
  }

  /** What a callback of the system is given: addresses, and structures that may be missing. */
  callback(given: Expr): void {
    let e = given;
    while (e.k === 'cast' || (e.k === 'unary' && e.op === '&')) e = e.e;
    if (e.k !== 'name' || e.sym.kind !== 'function') return;
    for (const param of e.sym.params ?? []) {
      const slot = this.#origins.slotOfSym(param);
      if (!slot) continue;
      if (elementOf(param.type).k === 'void') slot.integer = true;
      else slot.nullable = true;
    }
  }

  /** The bytes of what a pointer points to are read or written by the library or the system. */
  #bytesOf(arg: Expr, name: string): void {
    markChanged(arg);
    const clears = /^(?:memset|ZeroMemory|RtlZeroMemory|bzero|SecureZeroMemory|free)$/.test(name);
    const inner = arg.k === 'cast' ? arg.e : arg;
    const element = isPointer(inner.type) ? elementOf(inner.type) : undefined;
    const base = element?.k === 'array' ? element.of : element;
    if (isRecord(base) && !clears) base.plain &&= isOpaque(base);
  }
}
