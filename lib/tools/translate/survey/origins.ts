import type { CallExpr, Expr, Sym } from '../ast.ts';
import { type Field, isPointer, isText, type Parameter, type RecordType } from '../ctypes.ts';
import { functionOf, innermost, isBinary } from './facts.ts';
import { Slot } from './slots.ts';

/** What is known of a pointer: its slot, or that it is text or memory whatever is done with it. */
export type Origin = Slot | 'string' | 'bytes' | undefined;

/** Knows the slots of variables, parameters, fields and results, and from which of them a value comes. */
export class Origins {
  readonly slots: Slot[] = [];

  slotOfSym(sym: Sym): Slot | undefined {
    if (!isPointer(sym.type)) return undefined;
    if (sym.type.k === 'array' && innermost(sym.type).k !== 'ptr') return undefined;
    sym.slot ??= this.make();
    return sym.slot;
  }

  make(): Slot {
    const slot = new Slot();
    this.slots.push(slot);
    return slot;
  }

  slotOfField(record: RecordType | undefined, field: Field): Slot | undefined {
    if (!record || record.api || !isPointer(field.type)) return undefined;
    if (field.type.k === 'array' && innermost(field.type).k !== 'ptr') return undefined;
    field.slot ??= this.make();
    return field.slot;
  }

  /** Where the value of a pointer comes from. */
  originOf(e: Expr): Origin {
    switch (e.k) {
      case 'name':
        if (e.sym.kind === 'library' || e.sym.kind === 'api') return undefined;
        if (e.sym.kind === 'constant') return isBinary(e) ? 'bytes' : 'string';
        return this.slotOfSym(e.sym) ?? 'bytes';
      case 'string':
        return isBinary(e) ? 'bytes' : 'string';
      case 'member':
        if (e.record?.api) {
          if (e.field?.takes === 'string') return 'string';
          return e.type.k === 'array' ? 'bytes' : undefined;
        }
        return (e.field && this.slotOfField(e.record, e.field)) ?? 'bytes';
      case 'index':
        return isPointer(e.type) ? this.originOf(e.e) : undefined;
      case 'unary':
        if (e.op === '*') return isPointer(e.type) ? this.originOf(e.e) : undefined;
        if (e.op === '&') return this.#originOfAddress(e.e);
        return undefined;
      case 'binary':
      case 'step':
        return this.originOf(e.k === 'binary' ? e.l : e.e);
      case 'assign':
        return this.originOf(e.l);
      case 'comma':
        return this.originOf(e.r);
      case 'conditional': {
        const a = this.originOf(e.a);
        const b = this.originOf(e.b);
        if (a instanceof Slot && b instanceof Slot) a.unite(b);
        if (a instanceof Slot && b === 'bytes') a.bytes = true;
        if (b instanceof Slot && a === 'bytes') b.bytes = true;
        return a instanceof Slot ? a : b instanceof Slot ? b : a === 'bytes' ? a : b;
      }
      case 'cast':
        if (!isPointer(e.e.type)) return 'bytes';
        if (isText(e.type) && !isText(e.e.type)) {
          // The text that a `void *` or bytes hold is bytes.
          return 'bytes';
        }
        return this.originOf(e.e);
      case 'call':
        return this.#originOfCall(e);
      default:
        return undefined;
    }
  }

  #originOfAddress(e: Expr): Origin {
    if (e.k === 'name') return isPointer(e.type) ? (this.slotOfSym(e.sym) ?? 'bytes') : 'bytes';
    if (e.k === 'index') {
      const origin = this.originOf(e.e);
      if (origin instanceof Slot) {
        if (isText(e.e.type)) origin.bytes = true;
        else origin.array = true;
      }
      return origin ?? 'bytes';
    }
    return 'bytes';
  }

  #originOfCall(e: CallExpr): Origin {
    const pointed = isPointer(e.type) ? functionOf(e.callee.type) : undefined;
    const isPointed =
      e.callee.k !== 'name' ||
      e.callee.sym.kind === 'variable' ||
      e.callee.sym.kind === 'parameter';
    if (pointed && isPointed) {
      pointed.resultSlot ??= this.make();
      return pointed.resultSlot;
    }
    if (e.callee.k !== 'name') return undefined;
    const { sym } = e.callee;
    if (sym.kind === 'function') {
      if (!isPointer(e.type)) return undefined;
      sym.resultSlot ??= this.make();
      return sym.resultSlot;
    }
    if (sym.api) return sym.api.gives === 'string' ? 'string' : undefined;
    switch (sym.library?.gives) {
      case 'alias':
      case 'same':
        return e.args[0] && this.originOf(e.args[0]);
      case 'string':
        return 'string';
      case 'bytes':
        return 'bytes';
      default:
        return undefined;
    }
  }

  slotOfParameter(param: Parameter): Slot | undefined {
    if (!isPointer(param.type)) return undefined;
    param.slot ??= this.make();
    return param.slot;
  }

  /** The memory of a pointer to characters is looked at as bytes. */
  use(e: Expr): void {
    const origin = this.originOf(e);
    if (origin instanceof Slot && isText(e.type)) origin.bytes = true;
  }
}
