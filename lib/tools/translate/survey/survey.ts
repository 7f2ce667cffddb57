import type { Expr, Program, Stmt, Sym } from '../ast.ts';
import { elementOf, isPointer, isRecord, isText } from '../ctypes.ts';
import { fieldOf, isNullLike } from '../read/values.ts';
import { Calls } from './calls.ts';
import { isDifference, isOpaque, isSize, isSmall, markChanged } from './facts.ts';
import { Flow } from './flow.ts';
import { Origins } from './origins.ts';
import { plainAtFirst, shareFields, spreadBytes } from './records.ts';
import { Slot } from './slots.ts';
import { walk } from './visit.ts';

/** Follows what is done with variables and pointers, which decides how TypeScript has them. */
export class Survey {
  readonly #program: Pick<Program, 'items' | 'functions' | 'records'>;
  readonly #origins = new Origins();
  readonly #flow = new Flow(this.#origins);
  readonly #calls = new Calls(this.#origins, this.#flow);
  #function: Sym | undefined;
  /** Variables of signed integers, and those of them that may be negative or large. */
  readonly #numbers = new Set<Sym>();
  readonly #negative = new Set<Sym>();
  #home: string | undefined;

  constructor(program: Pick<Program, 'items' | 'functions' | 'records'>) {
    this.#program = program;
  }

  run(): void {
    const { records } = this.#program;
    records.forEach(plainAtFirst);
    shareFields(records, this.#origins);
    for (const sym of this.#program.functions) {
      for (const param of sym.params ?? []) {
        const slot = this.#origins.slotOfSym(param);
        // What another file does with the text is not known.
        if (slot && !sym.defined && isText(param.type) && !param.constant) slot.bytes = true;
      }
    }
    for (const item of this.#program.items) {
      if (item.k === 'function') {
        this.#function = item.sym;
        this.#home = item.sym.home;
      }
      walk(
        item,
        (e) => this.#expression(e),
        (stmt) => this.#statement(stmt),
      );
      this.#function = undefined;
    }
    for (const sym of this.#calls.extensions) sym.addressTaken = false;
    for (const sym of this.#numbers)
      sym.natural = !this.#negative.has(sym) && sym.addressTaken !== true;
    while (this.#origins.slots.some((slot) => slot.spreadNull())) {
      // Until nothing changes.
    }
    spreadBytes(records);
  }

  #statement(stmt: Stmt): void {
    if ((stmt.k === 'if' || stmt.k === 'while' || stmt.k === 'do' || stmt.k === 'for') && stmt.c) {
      this.#asked(stmt.c);
    }
    if (stmt.k === 'variables') {
      for (const { sym, init } of stmt.variables) {
        if (sym.type.k === 'int') {
          this.#numbers.add(sym);
          if (init && !isSmall(init)) this.#negative.add(sym);
          if (init && isDifference(init)) sym.wraps = true;
          if (init) noteModule(sym, init);
        }
        const slot = this.#origins.slotOfSym(sym);
        if (!init) continue;
        if (init.k === 'list') {
          this.#flow.listFlow(init, slot);
          for (const { path, value } of init.items) {
            const field = isRecord(init.type) && typeof path[0] === 'string' && path.length === 1;
            const takes = field && fieldOf(init.type, path[0] as string)?.takes;
            if (takes === 'callback') this.#calls.callback(value);
          }
        } else if (sym.type.k !== 'array') this.#flow.flow(slot, init, sym.type);
      }
    } else if (stmt.k === 'return' && stmt.e && this.#function && isPointer(stmt.e.type)) {
      this.#function.resultSlot ??= this.#origins.make();
      const type = this.#function.type;
      if (type.k === 'function') this.#flow.flow(this.#function.resultSlot, stmt.e, type.result);
    }
  }

  /** A place of the memory behind a pointer is written. */
  #write(e: Expr): void {
    markChanged(e);
    if (e.k === 'index' || (e.k === 'unary' && e.op === '*')) {
      const origin = this.#origins.originOf(e.e);
      if (origin instanceof Slot && isText(e.e.type)) origin.bytes = true;
    }
    if (e.k !== 'name') return;
    e.sym.assigned = (e.sym.assigned ?? 0) + 1;
    // Whoever imports a variable cannot assign to it.
    const isElsewhere = e.sym.exported && e.sym.home !== this.#home;
    if (isElsewhere && e.type.k !== 'record' && e.type.k !== 'array') e.sym.addressTaken = true;
  }

  #expression(e: Expr): void {
    switch (e.k) {
      case 'assign':
        this.#write(e.l);
        if (e.l.k === 'name') noteModule(e.l.sym, e.r);
        if (e.l.k === 'name' && isSize(e.l.type) && (e.op === '-' || isDifference(e.r)))
          e.l.sym.wraps = true;
        if (e.l.k === 'name' && (!/^(?:\+|\||&|)$/.test(e.op) || !isSmall(e.r)))
          this.#negative.add(e.l.sym);
        if (isPointer(e.l.type)) {
          if (e.op) {
            this.#origins.use(e.l);
            this.#walks(e.l);
          } else this.#flow.flow(this.#origins.originOf(e.l), e.r, e.l.type);
          if (e.l.k === 'member' && e.l.field?.takes === 'callback') this.#calls.callback(e.r);
        }
        return;
      case 'step':
        this.#write(e.e);
        if (e.e.k === 'name' && e.op === '--') {
          this.#negative.add(e.e.sym);
          if (isSize(e.e.type)) e.e.sym.wraps = true;
        }
        if (isPointer(e.e.type)) {
          this.#origins.use(e.e);
          this.#walks(e.e);
        }
        return;
      case 'index':
        if (e.e.type.k === 'ptr') this.#walks(e.e);
        return;
      case 'binary':
        this.#binary(e);
        return;
      case 'conditional':
        this.#asked(e.c);
        return;
      case 'unary':
        if (e.op === '!') this.#asked(e.e);
        if (e.op === '&') {
          this.#address(e.e);
          markChanged(e.e);
        }
        return;
      case 'cast':
        this.#cast(e);
        return;
      case 'call':
        this.#calls.call(e);
        return;
      case 'offsetof':
        if (isRecord(e.of)) e.of.plain = false;
        return;
      default:
        return;
    }
  }

  /** A pointer is used as an array: indexed or moved. */
  #walks(e: Expr): void {
    const origin = this.#origins.originOf(e);
    if (origin instanceof Slot && !isText(e.type)) origin.array = true;
    const element = elementOf(e.type);
    if (isRecord(element) && e.type.k === 'ptr') element.plain &&= element.name === 'FILE';
    if (e.k === 'name' && element.k === 'ptr') e.sym.taken = true;
  }

  /** A field or a variable that outlives functions starts as NULL, and is asked whether it still is. */
  #asked(e: Expr): void {
    let inner = e;
    while (inner.k === 'unary' && inner.op === '!') inner = inner.e;
    if (inner.k === 'binary' && /^(?:&&|\|\|)$/.test(inner.op)) {
      this.#asked(inner.l);
      this.#asked(inner.r);
      return;
    }
    if (inner.k === 'binary' && /^[!=]=$/.test(inner.op)) {
      if (isNullLike(inner.r)) inner = inner.l;
      else if (isNullLike(inner.l)) inner = inner.r;
    }
    if (!isPointer(inner.type)) return;
    if (isText(inner.type)) {
      const origin = this.#origins.originOf(inner);
      if (origin instanceof Slot) origin.asked = true;
      return;
    }
    if (inner.k === 'member' && !inner.record?.api && inner.field) {
      const slot = this.#origins.slotOfField(inner.record, inner.field);
      if (slot) slot.nullable = true;
    } else if (inner.k === 'name' && (inner.sym.isGlobal || inner.sym.isStatic)) {
      const slot = this.#origins.slotOfSym(inner.sym);
      if (slot && inner.sym.type.k === 'ptr') slot.nullable = true;
    }
  }

  #binary(e: Expr & { k: 'binary' }): void {
    if (/^(?:&&|\|\||==|!=)$/.test(e.op)) this.#asked(e);
    const both = isPointer(e.l.type) && isPointer(e.r.type);
    if (both && !isNullLike(e.l) && !isNullLike(e.r) && !/^(?:&&|\|\|)$/.test(e.op)) {
      this.#origins.use(e.l);
      this.#origins.use(e.r);
    }
    if (/^[+-]$/.test(e.op) && isPointer(e.l.type)) this.#walks(e.l);
  }

  #address(e: Expr): void {
    if (e.k === 'name' && (e.sym.kind === 'variable' || e.sym.kind === 'parameter')) {
      if (e.type.k !== 'record' && e.type.k !== 'array') e.sym.addressTaken = true;
    }
    if (e.k === 'member' && e.record && !e.record.api && e.type.k !== 'record') {
      if (e.type.k !== 'array' && e.type.k !== 'function') e.record.plain = false;
    }
    if (e.k === 'index' && isRecord(e.type) && e.e.type.k === 'ptr') e.type.plain = false;
  }

  #cast(e: Expr & { k: 'cast' }): void {
    const to = e.type;
    const from = e.e.type;
    if (isPointer(to) && isPointer(from)) {
      this.#flow.convert(to, e.e);
      if (isText(from) && !isText(to)) this.#origins.use(e.e);
    } else if (isPointer(from) && to.k === 'int') {
      const origin = this.#origins.originOf(e.e);
      if (origin instanceof Slot && elementOf(from).k === 'void') origin.integer = true;
      else this.#origins.use(e.e);
      const element = elementOf(from);
      if (isRecord(element)) element.plain &&= isOpaque(element);
    } else if (isPointer(to) && from.k === 'int') {
      const element = elementOf(to);
      if (isRecord(element)) element.plain &&= isOpaque(element);
    }
  }
}

/** A HANDLE that is one of a module has the type of that. */
function noteModule(sym: Sym, from: Expr): void {
  let e = from;
  while (e.k === 'cast') e = e.e;
  const name = e.k === 'call' && e.callee.k === 'name' ? e.callee.sym.name : '';
  if (sym.type.k === 'int' && /^(?:LoadLibrary|GetModuleHandle)/.test(name))
    sym.type = { ...sym.type, name: 'HINSTANCE' };
}
