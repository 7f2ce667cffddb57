import type { CallExpr, Expr, ListExpr, Program, Stmt, Sym } from '../ast.ts';
import {
  CHAR,
  type CType,
  elementOf,
  type Field,
  isPointer,
  isRecord,
  isText,
  type Parameter,
  pointerTo,
  type RecordType,
  sameRecord,
  WCHAR,
} from '../ctypes.ts';
import { fieldOf, isNullLike } from '../read/values.ts';
import {
  functionOf,
  innermost,
  isAllocation,
  isArrayValue,
  isBinary,
  isDifference,
  isNumberCast,
  isOpaque,
  isSize,
  isSmall,
  isSystemList,
  markChanged,
  THREAD_ROUTINES,
} from './facts.ts';
import { placeGiven } from './places.ts';
import { Slot } from './slots.ts';
import { walk } from './visit.ts';

/** What is known of a pointer: its slot, or that it is text or memory whatever is done with it. */
type Origin = Slot | 'string' | 'bytes' | undefined;

/** Follows what is done with variables and pointers, which decides how TypeScript has them. */
export class Survey {
  readonly #program: Pick<Program, 'items' | 'functions' | 'records'>;
  readonly #slots: Slot[] = [];
  #function: Sym | undefined;
  /** Variables of signed integers, and those of them that may be negative or large. */
  readonly #numbers = new Set<Sym>();
  readonly #negative = new Set<Sym>();
  /** Variables that hold extension functions. */
  readonly #functions = new Set<Sym>();
  #home: string | undefined;

  constructor(program: Pick<Program, 'items' | 'functions' | 'records'>) {
    this.#program = program;
  }

  run(): void {
    for (const record of this.#program.records) this.#plainAtFirst(record);
    this.#shareFields();
    for (const sym of this.#program.functions) {
      for (const param of sym.params ?? []) this.slotOfSym(param);
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
    for (const sym of this.#functions) sym.addressTaken = false;
    for (const sym of this.#numbers)
      sym.natural = !this.#negative.has(sym) && sym.addressTaken !== true;
    while (this.#slots.some((slot) => slot.spreadNull())) {
      // Until nothing changes.
    }
    this.#spreadBytes();
  }

  /** A structure that several files read from a header has one slot for each of its fields. */
  #shareFields(): void {
    const first = new Map<string, RecordType>();
    for (const record of this.#program.records) {
      const other = first.get(record.name);
      if (!other) {
        first.set(record.name, record);
        continue;
      }
      record.fields?.forEach((field, index) => {
        const same = other.fields?.[index];
        if (!same || same.name !== field.name) return;
        const slot = this.#slotOfField(other, same);
        if (slot) field.slot = slot;
      });
    }
  }

  #plainAtFirst(record: RecordType): void {
    const mixed = record.fields?.some(({ bits, name }) => bits !== undefined || name === '');
    record.plain ??= !record.union && !mixed && record.pack === undefined;
  }

  /** What is part of a structure whose bytes matter has bytes too, and the other way round in unions. */
  #spreadBytes(): void {
    let changed = true;
    const spoil = (type: CType) => {
      const inner = type.k === 'array' ? type.of : type;
      if (isRecord(inner) && inner.plain && inner.name !== 'FILE' && inner.name !== 'tm') {
        inner.plain = false;
        changed = true;
      }
    };
    while (changed) {
      changed = false;
      // Of several files' the same structure is the same everywhere.
      for (const record of this.#program.records) {
        const other = this.#program.records.find((one) => !one.plain && sameRecord(one, record));
        if (record.plain && other) spoil(record);
      }
      for (const record of this.#program.records) {
        if (record.plain) continue;
        for (const field of record.fields ?? []) {
          spoil(field.type);
          // A pointer in memory that is a structure's points to memory.
          if (field.type.k === 'ptr') spoil(field.type.to);
        }
      }
    }
  }

  slotOfSym(sym: Sym): Slot | undefined {
    if (!isPointer(sym.type)) return undefined;
    if (sym.type.k === 'array' && innermost(sym.type).k !== 'ptr') return undefined;
    sym.slot ??= this.#make();
    return sym.slot;
  }
  #make(): Slot {
    const slot = new Slot();
    this.#slots.push(slot);
    return slot;
  }
  #slotOfField(record: RecordType | undefined, field: Field): Slot | undefined {
    if (!record || record.api || !isPointer(field.type)) return undefined;
    if (field.type.k === 'array' && innermost(field.type).k !== 'ptr') return undefined;
    field.slot ??= this.#make();
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
        return (e.field && this.#slotOfField(e.record, e.field)) ?? 'bytes';
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
      pointed.resultSlot ??= this.#make();
      return pointed.resultSlot;
    }
    if (e.callee.k !== 'name') return undefined;
    const { sym } = e.callee;
    if (sym.kind === 'function') {
      if (!isPointer(e.type)) return undefined;
      sym.resultSlot ??= this.#make();
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

  #slotOfParameter(param: Parameter): Slot | undefined {
    if (!isPointer(param.type)) return undefined;
    param.slot ??= this.#make();
    return param.slot;
  }

  /** A function becomes the value of a pointer to functions: what it is given and gives is that of the pointer. */
  #functionFlow(type: CType, from: Expr): void {
    const to = functionOf(type);
    let e = from;
    while (e.k === 'cast' || (e.k === 'unary' && e.op === '&')) e = e.e;
    if (e.k === 'conditional') {
      this.#functionFlow(type, e.a);
      this.#functionFlow(type, e.b);
      return;
    }
    const given = functionOf(e.type);
    if (!to || !given || to === given) return;
    const params = e.k === 'name' && e.sym.kind === 'function' ? e.sym.params : undefined;
    to.params.forEach((param, index) => {
      const slot = this.#slotOfParameter(param);
      const own = params?.[index];
      const other = own
        ? this.slotOfSym(own)
        : given.params[index] && this.#slotOfParameter(given.params[index]);
      if (!slot || !other) return;
      slot.unite(other);
      slot.takesNullOf(other);
      other.takesNullOf(slot);
    });
    if (!isPointer(to.result)) return;
    to.resultSlot ??= this.#make();
    if (e.k === 'name' && e.sym.kind === 'function') {
      e.sym.resultSlot ??= this.#make();
      to.resultSlot.unite(e.sym.resultSlot);
      to.resultSlot.takesNullOf(e.sym.resultSlot);
    } else if (given.resultSlot) to.resultSlot.unite(given.resultSlot);
  }

  /** A call through a pointer. */
  #pointerCall(callee: Expr, args: readonly Expr[]): void {
    const type = functionOf(callee.type);
    type?.params.forEach((param, index) => {
      const slot = this.#slotOfParameter(param);
      const arg = args[index];
      if (!slot || !arg) return;
      this.#flow(slot, arg, param.type);
    });
  }

  /** A value is stored in a place. */
  #flow(to: Origin, from: Expr, type: CType): void {
    if (!isPointer(type)) return;
    if (functionOf(type)) this.#functionFlow(type, from);
    if (!(to instanceof Slot)) {
      const origin = to === 'bytes' ? this.originOf(from) : undefined;
      if (origin instanceof Slot) origin.bytes = true;
      return;
    }
    if (isNullLike(from)) {
      to.nullable = true;
      return;
    }
    const origin = this.originOf(from);
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
        }
        const slot = this.slotOfSym(sym);
        if (!init) continue;
        if (init.k === 'list') this.#listFlow(init, slot);
        else if (sym.type.k !== 'array') this.#flow(slot, init, sym.type);
      }
    } else if (stmt.k === 'return' && stmt.e && this.#function && isPointer(stmt.e.type)) {
      this.#function.resultSlot ??= this.#make();
      const type = this.#function.type;
      if (type.k === 'function') this.#flow(this.#function.resultSlot, stmt.e, type.result);
    }
  }

  #listFlow(list: ListExpr, slot: Slot | undefined): void {
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
        into = this.#slotOfField(target, field);
        target = field.type;
      }
      if (value.k === 'list') this.#listFlow(value, into instanceof Slot ? into : undefined);
      else if (target.k === 'ptr') this.#flow(into, value, target);
    }
  }

  /** A place of the memory behind a pointer is written. */
  #write(e: Expr): void {
    markChanged(e);
    if (e.k === 'index' || (e.k === 'unary' && e.op === '*')) {
      const origin = this.originOf(e.e);
      if (origin instanceof Slot && isText(e.e.type)) origin.bytes = true;
    }
    if (e.k !== 'name') return;
    e.sym.assigned = (e.sym.assigned ?? 0) + 1;
    // Whoever imports a variable cannot assign to it.
    const isElsewhere = e.sym.exported && e.sym.home !== this.#home;
    if (isElsewhere && e.type.k !== 'record' && e.type.k !== 'array') e.sym.addressTaken = true;
  }

  #use(e: Expr): void {
    const origin = this.originOf(e);
    if (origin instanceof Slot && isText(e.type)) origin.bytes = true;
  }

  #expression(e: Expr): void {
    switch (e.k) {
      case 'assign':
        this.#write(e.l);
        if (e.l.k === 'name' && isSize(e.l.type) && (e.op === '-' || isDifference(e.r)))
          e.l.sym.wraps = true;
        if (e.l.k === 'name' && (!/^(?:\+|\||&|)$/.test(e.op) || !isSmall(e.r)))
          this.#negative.add(e.l.sym);
        if (isPointer(e.l.type)) {
          if (e.op) {
            this.#use(e.l);
            this.#walks(e.l);
          } else this.#flow(this.originOf(e.l), e.r, e.l.type);
          if (e.l.k === 'member' && e.l.field?.takes === 'callback') this.#callback(e.r);
        }
        return;
      case 'step':
        this.#write(e.e);
        if (e.e.k === 'name' && e.op === '--') {
          this.#negative.add(e.e.sym);
          if (isSize(e.e.type)) e.e.sym.wraps = true;
        }
        if (isPointer(e.e.type)) {
          this.#use(e.e);
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
        this.#call(e);
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
    const origin = this.originOf(e);
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
    if (!isPointer(inner.type) || isText(inner.type)) return;
    if (inner.k === 'member' && !inner.record?.api && inner.field) {
      const slot = this.#slotOfField(inner.record, inner.field);
      if (slot) slot.nullable = true;
    } else if (inner.k === 'name' && (inner.sym.isGlobal || inner.sym.isStatic)) {
      const slot = this.slotOfSym(inner.sym);
      if (slot && inner.sym.type.k === 'ptr') slot.nullable = true;
    }
  }

  #binary(e: Expr & { k: 'binary' }): void {
    if (/^(?:&&|\|\||==|!=)$/.test(e.op)) this.#asked(e);
    const both = isPointer(e.l.type) && isPointer(e.r.type);
    if (both && !isNullLike(e.l) && !isNullLike(e.r) && !/^(?:&&|\|\|)$/.test(e.op)) {
      this.#use(e.l);
      this.#use(e.r);
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
      const a = elementOf(to);
      const b = elementOf(from);
      const isVoid = a.k === 'void' || b.k === 'void';
      if (isRecord(a) && !isAllocation(e.e) && !(isRecord(b) && sameRecord(a, b))) {
        if (b.k !== 'void' || this.#originIsInteger(e.e)) a.plain &&= isOpaque(a);
      }
      if (isRecord(b) && !isVoid && !(isRecord(a) && sameRecord(a, b))) {
        b.plain &&= isOpaque(b);
      }
      if (isText(from) && !isText(to)) this.#use(e.e);
    } else if (isPointer(from) && to.k === 'int') {
      const origin = this.originOf(e.e);
      if (origin instanceof Slot && elementOf(from).k === 'void') origin.integer = true;
      else this.#use(e.e);
      const element = elementOf(from);
      if (isRecord(element)) element.plain &&= isOpaque(element);
    } else if (isPointer(to) && from.k === 'int') {
      const element = elementOf(to);
      if (isRecord(element)) element.plain &&= isOpaque(element);
    }
  }

  #originIsInteger(e: Expr): boolean {
    const origin = this.originOf(e);
    return origin instanceof Slot && origin.integer;
  }

  #call(e: CallExpr): void {
    const { callee, args } = e;
    for (const arg of args) {
      if (arg.k === 'name' && arg.sym.kind === 'function') arg.sym.taken = true;
    }
    if (
      functionOf(callee.type) &&
      (callee.k !== 'name' || callee.sym.kind === 'variable' || callee.sym.kind === 'parameter')
    ) {
      this.#pointerCall(callee, args);
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
        if (arg) this.#argument(param, arg);
      });
      return;
    }
    if (sym.library) {
      const { roles } = sym.library;
      if (roles.includes('end')) this.#endOf(args, roles.indexOf('end'));
      args.forEach((arg, index) => {
        const role = roles[Math.min(index, roles.length - 1)];
        if (role === 'into' || role === 'fill' || role === 'memory' || role === 'places') {
          this.#use(arg);
          if (role !== 'places') this.#bytesOf(arg, sym.name);
        }
      });
      return;
    }
    sym.api?.params?.forEach((param, index) => {
      const arg = args[index];
      if (!arg) return;
      if (param.takes === 'callback') this.#callback(arg);
      if (param.takes === 'pointer') this.#use(arg);
      if (param.takes === 'pointer') this.#bytesOf(arg, sym.name);
    });
  }

  /** The pointer that is set to a place of the text which a function reads, as strtol's. */
  #endOf(args: readonly Expr[], index: number): void {
    const end = args[index] && this.originOf(args[index]);
    const text = args[0] && !isNullLike(args[0]) && this.originOf(args[0]);
    if (!(end instanceof Slot)) return;
    if (text instanceof Slot) end.unite(text);
    else if (text === 'bytes') end.bytes = true;
  }

  /** The place of a pointer that FormatMessage sets to a text. */
  #allocatedText(given: Expr | undefined, sym: Sym): void {
    const place = placeGiven(given);
    if (place?.type.k !== 'ptr') return;
    if (place.type.to.k === 'void') place.type = pointerTo(sym.name.endsWith('W') ? WCHAR : CHAR);
    const slot = this.slotOfSym(place);
    if (slot) slot.nullable = true;
  }

  /** A variable for an extension function is set to it, not written at its address. */
  #extension(args: readonly Expr[]): void {
    const [, control, , , given] = args;
    if (control?.k !== 'name' || control.sym.name !== 'SIO_GET_EXTENSION_FUNCTION_POINTER') return;
    const place = placeGiven(given);
    if (!place) return;
    this.#functions.add(place);
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
      const slot = this.slotOfSym(param);
      if (slot) slot.integer = true;
    }
  }

  /** What a callback of the system is given: addresses, and structures that may be missing. */
  #callback(given: Expr): void {
    let e = given;
    while (e.k === 'cast' || (e.k === 'unary' && e.op === '&')) e = e.e;
    if (e.k !== 'name' || e.sym.kind !== 'function') return;
    for (const param of e.sym.params ?? []) {
      const slot = this.slotOfSym(param);
      if (!slot) continue;
      if (elementOf(param.type).k === 'void') slot.integer = true;
      else slot.nullable = true;
    }
  }

  #argument(param: Sym, arg: Expr): void {
    if (isArrayValue(arg)) markChanged(arg);
    const slot = this.slotOfSym(param);
    if (!slot) return;
    this.#functionFlow(param.type, arg);
    // A parameter may be NULL where a caller says so, not because a variable could be.
    if (isNullLike(arg)) {
      if (elementOf(param.type).k === 'ptr') param.mayLack = true;
      else slot.nullable = true;
      return;
    }
    const origin = this.originOf(arg);
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
