import type { Expr, ListExpr, Sym } from '../ast.ts';
import { type CType, elementOf, isPointer, isRecord, isText, sameRecord } from '../ctypes.ts';
import { fieldOf, isNullLike } from '../read/values.ts';
import {
  functionOf,
  isAllocation,
  isArrayValue,
  isNumberCast,
  isOpaque,
  isSystemList,
  markChanged,
} from './facts.ts';
import type { Origin, Origins } from './origins.ts';
import { Slot } from './slots.ts';

/** Follows values from where they come to where they are stored: what is true of one place is so of the other. */
export class Flow {
  readonly #origins: Origins;

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  /** A function becomes the value of a pointer to functions: what it is given and gives is that of the pointer. */
  functionFlow(type: CType, from: Expr): void {
    const to = functionOf(type);
    let e = from;
    while (e.k === 'cast' || (e.k === 'unary' && e.op === '&')) e = e.e;
    if (e.k === 'conditional') {
      this.functionFlow(type, e.a);
      this.functionFlow(type, e.b);
      return;
    }
    const given = functionOf(e.type);
    if (!to || !given || to === given) return;
    // `int (*call)()` says nothing of what is given.
    if (to.params.length === 0) to.params = given.params;
    const params = e.k === 'name' && e.sym.kind === 'function' ? e.sym.params : undefined;
    to.params.forEach((param, index) => {
      const slot = this.#origins.slotOfParameter(param);
      const own = params?.[index];
      const other = own
        ? this.#origins.slotOfSym(own)
        : given.params[index] && this.#origins.slotOfParameter(given.params[index]);
      if (!slot || !other) return;
      slot.unite(other);
      slot.takesNullOf(other);
      other.takesNullOf(slot);
    });
    if (!isPointer(to.result)) return;
    to.resultSlot ??= this.#origins.make();
    if (e.k === 'name' && e.sym.kind === 'function') {
      e.sym.resultSlot ??= this.#origins.make();
      to.resultSlot.unite(e.sym.resultSlot);
      to.resultSlot.takesNullOf(e.sym.resultSlot);
    } else if (given.resultSlot) to.resultSlot.unite(given.resultSlot);
  }

  /** A call through a pointer. */
  pointerCall(callee: Expr, args: readonly Expr[]): void {
    const type = functionOf(callee.type);
    type?.params.forEach((param, index) => {
      const slot = this.#origins.slotOfParameter(param);
      const arg = args[index];
      if (!slot || !arg) return;
      this.flow(slot, arg, param.type);
    });
  }

  /** What points to one type is taken for a pointer to another: the bytes of a structure matter then. */
  convert(type: CType, from: Expr): void {
    if (type.k !== 'ptr' || !isPointer(from.type)) return;
    const [to, given] = [elementOf(type), elementOf(from.type)];
    if (isRecord(to) && isRecord(given) && sameRecord(to, given)) return;
    if (isRecord(to) && !isAllocation(from)) {
      if (given.k !== 'void' || this.#isInteger(from)) to.plain &&= isOpaque(to);
    }
    if (isRecord(given) && to.k !== 'void') given.plain &&= isOpaque(given);
  }

  #isInteger(e: Expr): boolean {
    const origin = this.#origins.originOf(e);
    return origin instanceof Slot && origin.integer;
  }

  /** A value is stored in a place. */
  flow(to: Origin, from: Expr, type: CType): void {
    if (!isPointer(type)) return;
    this.convert(type, from);
    if (functionOf(type)) this.functionFlow(type, from);
    if (!(to instanceof Slot)) {
      const origin = to === 'bytes' ? this.#origins.originOf(from) : undefined;
      if (origin instanceof Slot) origin.bytes = true;
      return;
    }
    if (isNullLike(from)) {
      to.nullable = true;
      return;
    }
    const origin = this.#origins.originOf(from);
    if (from.k === 'cast' && !isPointer(from.e.type)) to.integer = true;
    if (origin instanceof Slot) {
      to.unite(origin);
      to.takesNullOf(origin);
    } else if (origin === 'bytes' && !isNumberCast(from)) to.bytes = true;
    if (!isText(type) && isArrayValue(from)) to.array = true;
    if (isSystemList(from)) to.address = true;
    if (this.#mayBeNull(from)) to.nullable = true;
  }

  #mayBeNull(e: Expr): boolean {
    switch (e.k) {
      case 'call': {
        if (e.callee.k !== 'name') return false;
        const { api, library } = e.callee.sym;
        return api ? isPointer(api.result) : library?.nullable === true;
      }
      case 'member':
        return e.record?.api === true && e.type.k === 'ptr';
      case 'cast':
        return this.#mayBeNull(e.e);
      case 'conditional':
        return isNullLike(e.a) || isNullLike(e.b) || this.#mayBeNull(e.a) || this.#mayBeNull(e.b);
      case 'assign':
        return this.#mayBeNull(e.r);
      default:
        return false;
    }
  }

  listFlow(list: ListExpr, slot: Slot | undefined): void {
    // Pointers between those that are given are NULL.
    const hasGaps = list.items.some(
      ({ path }, index) => typeof path[0] === 'number' && path[0] !== index,
    );
    if (hasGaps && slot && elementOf(list.type).k === 'ptr') slot.nullable = true;
    for (const { path, value } of list.items) {
      let target: CType = list.type;
      let into: Origin = slot;
      for (const step of path) {
        if (typeof step === 'number') {
          target = elementOf(target);
          continue;
        }
        const field = isRecord(target) ? fieldOf(target, step) : undefined;
        if (!field || !isRecord(target)) return;
        into = this.#origins.slotOfField(target, field);
        target = field.type;
      }
      if (value.k === 'list') this.listFlow(value, into instanceof Slot ? into : undefined);
      else if (target.k === 'ptr') this.flow(into, value, target);
    }
  }

  argument(param: Sym, arg: Expr): void {
    if (isArrayValue(arg)) markChanged(arg);
    const slot = this.#origins.slotOfSym(param);
    if (!slot) return;
    this.convert(param.type, arg);
    this.functionFlow(param.type, arg);
    // A parameter may be NULL where a caller says so, not because a variable could be.
    if (isNullLike(arg)) {
      if (elementOf(param.type).k === 'ptr') param.mayLack = true;
      else slot.nullable = true;
      return;
    }
    const origin = this.#origins.originOf(arg);
    if (origin instanceof Slot) {
      slot.unite(origin);
      if (elementOf(param.type).k === 'ptr') {
        // What a pointer's place holds is the same for both.
        slot.takesNullOf(origin);
        origin.takesNullOf(slot);
      }
    } else if (origin === 'bytes' && !isNumberCast(arg)) slot.bytes = true;
    if (arg.k === 'cast' && !isPointer(arg.e.type)) slot.integer = true;
    if (!isText(param.type) && isArrayValue(arg)) slot.array = true;
  }
}
