import type { Expr, ListExpr } from '../ast.ts';
import {
  CHAR,
  type CType,
  DOUBLE,
  decay,
  elementOf,
  type Field,
  FLOAT,
  INT,
  INT64,
  INTPTR,
  isPointer,
  isRecord,
  LONG,
  pointerTo,
  promote,
  type RecordType,
  SIZE,
  sizeOf,
  UINT,
  UINT64,
  ULONG,
  usual,
  VOID,
  WCHAR,
} from '../ctypes.ts';
import type { Syntax } from '../grammar.ts';
import type { Scope } from './scope.ts';
import { decodeCharacter, decodeString } from './text.ts';
import { numberOf } from './tokens.ts';
import type { TypeReader } from './types.ts';
import { Unreadable } from './unreadable.ts';

/** Reads expressions: their structure, and the type that C gives each. */
export class ExpressionReader {
  readonly #scope: Scope;
  types!: TypeReader;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  read(node: Syntax | undefined): Expr {
    if (!node) throw new Unreadable('an expression is missing');
    if (node.type === 'ERROR' || node.type === 'MISSING') throw new Unreadable(node.text);
    switch (node.type) {
      case 'identifier':
      case 'field_identifier':
        return this.#identifier(node.text);
      case 'number_literal':
        return numberExpr(node.text);
      case 'char_literal': {
        const value = decodeCharacter(node.text);
        return { k: 'char', value, text: node.text, type: INT };
      }
      case 'string_literal':
      case 'concatenated_string':
        return stringExpr(node);
      case 'true':
        return { k: 'number', value: 1, text: '1', type: INT };
      case 'false':
        return { k: 'number', value: 0, text: '0', type: INT };
      case 'null':
        return nullExpr();
      case 'parenthesized_expression':
        return this.read(node.children.find(({ type }) => type !== 'comment'));
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_expression':
      case 'pointer_expression':
        return this.#unary(node);
      case 'update_expression': {
        const argument = node.field('argument')!;
        const e = this.read(argument);
        const op = node.field('operator')!;
        return {
          k: 'step',
          op: op.text as '++' | '--',
          prefix: op.start < argument.start,
          e,
          type: e.type,
        };
      }
      case 'assignment_expression': {
        const l = this.read(node.field('left'));
        const r = this.read(node.field('right'));
        const op = node.field('operator')!.text.slice(0, -1);
        return { k: 'assign', op, l, r, type: l.type };
      }
      case 'conditional_expression': {
        const c = this.read(node.field('condition'));
        const a = this.read(node.field('consequence'));
        const b = this.read(node.field('alternative'));
        return { k: 'conditional', c, a, b, type: conditionalType(a, b) };
      }
      case 'cast_expression': {
        const type = this.types.descriptor(node.field('type')!);
        return this.#cast(type, this.read(node.field('value')));
      }
      case 'call_expression':
        return this.#call(node);
      case 'field_expression':
        return this.#member(node);
      case 'subscript_expression': {
        const e = this.read(node.field('argument'));
        const i = this.read(node.field('index'));
        // C lets the two change places.
        const [array, index] = isPointer(e.type) ? [e, i] : [i, e];
        return { k: 'index', e: array, i: index, type: elementOf(array.type) };
      }
      case 'sizeof_expression':
        return this.#sizeof(node);
      case 'offsetof_expression': {
        const of = this.types.descriptor(node.field('type')!);
        return { k: 'offsetof', of, path: node.field('member')!.text, type: SIZE };
      }
      case 'comma_expression': {
        const l = this.read(node.field('left'));
        const r = this.read(node.field('right'));
        return { k: 'comma', l, r, type: r.type };
      }
      case 'compound_literal_expression': {
        const type = this.types.descriptor(node.field('type')!);
        return this.list(node.field('value')!, type);
      }
      case 'extension_expression':
        return this.read(node.children[0]);
      default:
        throw new Unreadable(node.text);
    }
  }

  #identifier(name: string): Expr {
    if (name === 'NULL' || name === 'nullptr') return nullExpr();
    if (name === 'TRUE' || name === 'FALSE') {
      const sym = this.#scope.name(name);
      return { k: 'name', sym, type: INT };
    }
    if (name === 'true' || name === 'false') {
      return { k: 'number', value: name === 'true' ? 1 : 0, text: name, type: INT };
    }
    if (name === '__FUNCTION__' || name === '__func__') {
      return { k: 'string', value: this.#scope.owner?.name ?? '', type: pointerTo(CHAR) };
    }
    const sym = this.#scope.name(name);
    return { k: 'name', sym, type: sym.type };
  }

  #binary(node: Syntax): Expr {
    const op = node.field('operator')!.text;
    const l = this.read(node.field('left'));
    const r = this.read(node.field('right'));
    return binaryExpr(op, l, r);
  }

  #unary(node: Syntax): Expr {
    const op = node.field('operator')!.text as '-' | '+' | '~' | '!' | '*' | '&';
    const e = this.read(node.field('argument'));
    switch (op) {
      case '!':
        return { k: 'unary', op, e, type: INT };
      case '*':
        // A function's pointer is the function.
        if (e.type.k === 'function') return e;
        if (e.type.k === 'ptr' && e.type.to.k === 'function') return e;
        if (!isPointer(e.type)) throw new Unreadable(node.text);
        return { k: 'unary', op, e, type: elementOf(e.type) };
      case '&':
        if (e.type.k === 'function') return e;
        return { k: 'unary', op, e, type: pointerTo(e.type) };
      default:
        if (e.type.k === 'float') return { k: 'unary', op, e, type: e.type };
        if (op === '-' && e.k === 'number') {
          return { ...e, value: -e.value, text: `-${e.text}`, type: promote(e.type) };
        }
        return { k: 'unary', op, e, type: promote(e.type) };
    }
  }

  #cast(type: CType, e: Expr): Expr {
    if (isPointer(type) && isNullLike(e)) return { ...nullExpr(), type };
    return { k: 'cast', e, type };
  }

  #call(node: Syntax): Expr {
    const callee = node.field('function')!;
    const list = node.field('arguments')!;
    const nodes = list.children.filter(({ type }) => type !== 'comment');
    // `(DWORD)(x)` looks like a call.
    if (callee.type === 'parenthesized_expression') {
      const name = callee.children[0];
      if (name?.type === 'identifier' && this.#scope.isType(name.text) && nodes.length === 1) {
        return this.#cast(this.#scope.type(name.text)!, this.read(nodes[0]));
      }
    }
    if (callee.type === 'identifier') {
      if (callee.text === 'offsetof' || callee.text === 'FIELD_OFFSET') {
        const of = this.#scope.type(nodes[0]!.text) ?? this.#scope.tag(nodes[0]!.text);
        if (of) return { k: 'offsetof', of, path: nodes[1]!.text, type: SIZE };
      }
      if (callee.text === 'CONTAINING_RECORD') {
        const of = this.#scope.type(nodes[1]!.text);
        if (of && isRecord(of)) {
          const e = this.read(nodes[0]);
          const sym = this.#scope.name('CONTAINING_RECORD');
          const path: Expr = { k: 'offsetof', of, path: nodes[2]!.text, type: SIZE };
          return {
            k: 'call',
            callee: { k: 'name', sym, type: INT },
            args: [e, path],
            type: pointerTo(of),
          };
        }
      }
      if (callee.text === 'ARRAYSIZE' || callee.text === '_countof') {
        const e = this.read(nodes[0]);
        if (e.type.k !== 'array') throw new Unreadable(node.text);
        return binaryExpr(
          '/',
          { k: 'sizeof', of: e.type, e, type: SIZE },
          {
            k: 'sizeof',
            of: e.type.of,
            e: { k: 'index', e, i: numberExpr('0'), type: e.type.of },
            type: SIZE,
          },
        );
      }
      if (this.#scope.isType(callee.text)) throw new Unreadable(node.text);
    }
    const fn = this.read(callee);
    const args = withSize(
      fn,
      nodes.map((one) => this.read(one)),
    );
    return { k: 'call', callee: fn, args, type: resultOf(fn, args) };
  }

  #member(node: Syntax): Expr {
    const e = this.read(node.field('argument'));
    const name = node.field('field')!.text;
    const arrow = node.field('operator')?.text === '->';
    const type = arrow ? elementOf(e.type) : e.type;
    const record = isRecord(type) ? type : undefined;
    if (name === 'h_addr' && record && fieldOf(record, 'h_addr_list')) {
      // A macro of the headers for the first of the list.
      const list = fieldOf(record, 'h_addr_list')!;
      const all: Expr = {
        k: 'member',
        e,
        record,
        field: list,
        name: list.name,
        arrow,
        type: list.type,
      };
      return { k: 'index', e: all, i: numberExpr('0'), type: elementOf(list.type) };
    }
    const field = record && fieldOf(record, name);
    if (!field) throw new Unreadable(`there is no field ${name} in ${node.text}`);
    return { k: 'member', e, record, field, name, arrow, type: field.type };
  }

  #sizeof(node: Syntax): Expr {
    const type = node.field('type');
    if (type) return { k: 'sizeof', of: this.types.descriptor(type), e: undefined, type: SIZE };
    let value = node.field('value');
    while (value?.type === 'parenthesized_expression') {
      value = value.children.find((child) => child.type !== 'comment');
    }
    if (value?.type === 'identifier' && this.#scope.isType(value.text)) {
      return { k: 'sizeof', of: this.#scope.type(value.text)!, e: undefined, type: SIZE };
    }
    const e = this.read(value);
    if (e.k === 'string') {
      const length = e.value.length + 1;
      return { k: 'number', value: length, text: String(length), type: SIZE };
    }
    return { k: 'sizeof', of: e.type, e, type: SIZE };
  }

  /** `{ … }` for something of a type. */
  list(node: Syntax, type: CType): ListExpr {
    const items: { path: (string | number)[]; value: Expr }[] = [];
    const nodes = node.children.filter((child) => child.type !== 'comment');
    const fields = isRecord(type) ? namedFields(type) : [];
    // Values without braces fill what is nested, one after the other.
    const fill = (at: number, target: CType, path: (string | number)[]): number => {
      const item = nodes[at]!;
      const isNested = target.k === 'array' || target.k === 'record';
      if (item.type === 'initializer_list') {
        items.push({ path, value: this.list(item, target) });
        return at + 1;
      }
      const value = this.read(item);
      const isWhole =
        !isNested ||
        (target.k === 'array' && value.k === 'string') ||
        (target.k === 'record' && isRecord(value.type));
      if (isWhole) {
        items.push({ path, value });
        return at + 1;
      }
      if (target.k === 'record') {
        let next = at;
        for (const field of namedFields(target)) {
          if (next >= nodes.length) break;
          next = fill(next, field.type, [...path, field.name]);
          if (target.union) break;
        }
        return next;
      }
      let next = at;
      const most = target.k === 'array' ? (target.length ?? nodes.length) : 0;
      for (let i = 0; i < most && next < nodes.length; i++) {
        next = fill(next, elementOf(target), [...path, i]);
      }
      return Math.max(next, at + 1);
    };
    let position = 0;
    for (let at = 0; at < nodes.length; ) {
      const item = nodes[at]!;
      if (item.type === 'initializer_pair') {
        const path = item.fields('designator').map((one) => this.#designator(one));
        const value = item.field('value')!;
        const target = path.reduce<CType>((of, step) => stepInto(of, step), type);
        items.push({
          path,
          value: value.type === 'initializer_list' ? this.list(value, target) : this.read(value),
        });
        position =
          typeof path[0] === 'number'
            ? path[0] + 1
            : fields.findIndex(({ name }) => name === path[0]) + 1;
        at++;
        continue;
      }
      const target = isRecord(type) ? fields[position]?.type : elementOf(type);
      if (!target || !(isRecord(type) || type.k === 'array')) {
        // A scalar in braces.
        items.push({ path: [], value: this.read(item) });
        at++;
        continue;
      }
      const step = isRecord(type) ? fields[position]!.name : position;
      at = fill(at, target, [step]);
      position++;
    }
    return { k: 'list', items, type };
  }

  #designator(node: Syntax): string | number {
    const inner = node.children[0]!;
    if (node.type === 'field_designator') return inner.text;
    const value = constantOf(this.read(inner));
    if (value === undefined) throw new Unreadable(node.text);
    return Number(value);
  }
}

/** `strcpy_s(array, text)`: what C++ finds out by itself, the size of the array, is given in C. */
function withSize(fn: Expr, args: Expr[]): Expr[] {
  const library = fn.k === 'name' ? fn.sym.library : undefined;
  const [into, size] = args;
  if (!library || !into || !/_s$/.test(library.name)) return args;
  if (library.roles[0] !== 'into' || library.roles[1] !== 'number') return args;
  if (into.type.k !== 'array' || (size && !isPointer(size.type))) return args;
  const all: Expr = { k: 'sizeof', of: into.type, e: into, type: SIZE };
  const one: Expr = { k: 'sizeof', of: into.type.of, e: undefined, type: SIZE };
  const count = library.wide ? binaryExpr('/', all, one) : all;
  return [into, count, ...args.slice(1)];
}

function stepInto(type: CType, step: string | number): CType {
  if (typeof step === 'number') return elementOf(type);
  return (isRecord(type) && fieldOf(type, step)?.type) || VOID;
}

export function nullExpr(): Expr {
  return { k: 'number', value: 0, text: 'NULL', type: pointerTo(VOID) };
}

/** Whether an expression is a null pointer: NULL or 0, cast or not. */
export function isNullLike(e: Expr): boolean {
  if (e.k === 'cast') return isPointer(e.type) && isNullLike(e.e);
  return e.k === 'number' && Number(e.value) === 0 && e.type.k !== 'float';
}

export function numberExpr(text: string): Expr {
  // The grammar takes a sign for a part of the number.
  const sign = /^([-+])\s*(.*)$/.exec(text);
  if (sign) {
    const positive = numberExpr(sign[2]!);
    if (positive.k !== 'number' || sign[1] === '+') return positive;
    return { ...positive, value: -positive.value, text: `-${positive.text}` };
  }
  const value = numberOf(text);
  if (value === undefined) {
    const number = Number(text.replace(/[fFlL]$/, ''));
    if (Number.isNaN(number)) throw new Unreadable(text);
    return {
      k: 'number',
      value: number,
      text: String(number),
      type: /[fF]$/.test(text) ? FLOAT : DOUBLE,
    };
  }
  const suffix =
    /[uUlLiI64]*$/.exec(text.replace(/^0[xX][0-9a-fA-F]+/, ''))?.[0].toLowerCase() ?? '';
  const unsigned = suffix.includes('u');
  const big = suffix.includes('ll') || suffix.includes('i64');
  const hex = /^0/.test(text) && text !== '0';
  const type: CType = big
    ? unsigned
      ? UINT64
      : INT64
    : value > 0xffffffffn
      ? INT64
      : unsigned
        ? suffix.includes('l')
          ? ULONG
          : UINT
        : value <= 0x7fffffffn
          ? suffix.includes('l')
            ? LONG
            : INT
          : hex
            ? UINT
            : INT64;
  const digits = text.replace(/(?:[uUlL]|i64|I64)+$/, '');
  const written = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  return {
    k: 'number',
    value: big || value > 0xffffffffn ? value : Number(value),
    text: written,
    type,
  };
}

function stringExpr(node: Syntax): Expr {
  const parts =
    node.type === 'string_literal'
      ? [node]
      : node.children.filter(({ type }) => type !== 'comment');
  if (parts.some(({ type }) => type !== 'string_literal')) throw new Unreadable(node.text);
  const wide = parts.some(({ text }) => text.startsWith('L'));
  const value = parts.map(({ text }) => decodeString(text)).join('');
  return { k: 'string', value, type: pointerTo(wide ? WCHAR : CHAR) };
}

export function binaryExpr(op: string, l: Expr, r: Expr): Expr {
  if (/^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(op)) return { k: 'binary', op, l, r, type: INT };
  if (op === '<<' || op === '>>') return { k: 'binary', op, l, r, type: promote(l.type) };
  if (isPointer(l.type)) {
    const type = isPointer(r.type) ? INTPTR : decay(l.type);
    return { k: 'binary', op, l, r, type };
  }
  if (isPointer(r.type)) return { k: 'binary', op, l: r, r: l, type: decay(r.type) };
  return { k: 'binary', op, l, r, type: usual(l.type, r.type) };
}

function conditionalType(a: Expr, b: Expr): CType {
  if (isPointer(a.type)) {
    return isPointer(b.type) && elementOf(a.type).k === 'void' ? decay(b.type) : decay(a.type);
  }
  if (isPointer(b.type)) return decay(b.type);
  if (isRecord(a.type)) return a.type;
  return a.type.k === 'void' ? VOID : usual(a.type, b.type);
}

/** What a call gives. */
function resultOf(fn: Expr, args: readonly Expr[]): CType {
  const type = fn.type.k === 'ptr' ? fn.type.to : fn.type;
  if (fn.k === 'name') {
    const { name } = fn.sym;
    if (name === 'max' || name === 'min' || name === '__max' || name === '__min') {
      return args.length === 2 ? usual(args[0]!.type, args[1]!.type) : INT;
    }
  }
  return type.k === 'function' ? type.result : INT;
}

/** The fields that an initialiser goes through: of what has no name, its own. */
export function namedFields(type: RecordType): readonly Field[] {
  return (type.fields ?? []).flatMap((field) => {
    if (field.name !== '' || !isRecord(field.type)) return [field];
    const inner = namedFields(field.type);
    return field.type.union ? inner.slice(0, 1) : inner;
  });
}

/** A field by its name, of a member without a name too, or by the macro that C has for it. */
export function fieldOf(type: RecordType, name: string): Field | undefined {
  for (const field of type.fields ?? []) {
    if (field.name === name) return field;
    if (field.name === '' && isRecord(field.type)) {
      const inner = fieldOf(field.type, name);
      if (inner) return inner;
    }
  }
  const path = type.aliases?.[name];
  if (!path) return undefined;
  return path
    .split('.')
    .reduce<Field | undefined>(
      (field, step) =>
        field
          ? isRecord(field.type)
            ? fieldOf(field.type, step)
            : undefined
          : fieldOf(type, step),
      undefined,
    );
}

/** The number that an expression always has, as far as the translator calculates it. */
export function constantOf(e: Expr): number | undefined {
  switch (e.k) {
    case 'number':
    case 'char':
      return Number(e.value);
    case 'name': {
      if (e.sym.expression) return constantOf(e.sym.expression);
      const { value } = e.sym;
      return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
    }
    case 'cast':
      return constantOf(e.e);
    case 'sizeof':
      return sizeOf(e.of);
    case 'unary': {
      const value = constantOf(e.e);
      if (value === undefined) return undefined;
      return e.op === '-' ? -value : e.op === '~' ? ~value : e.op === '+' ? value : undefined;
    }
    case 'binary': {
      const l = constantOf(e.l);
      const r = constantOf(e.r);
      if (l === undefined || r === undefined) return undefined;
      switch (e.op) {
        case '+':
          return l + r;
        case '-':
          return l - r;
        case '*':
          return l * r;
        case '/':
          return r ? Math.trunc(l / r) : undefined;
        case '<<':
          return l * 2 ** r;
        case '>>':
          return Math.floor(l / 2 ** r);
        case '|':
          return l | r;
        case '&':
          return l & r;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}
