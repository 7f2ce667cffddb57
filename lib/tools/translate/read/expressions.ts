import type { Expr, ListExpr, ListItem } from '../ast.ts';
import {
  CHAR,
  type CType,
  elementOf,
  INT,
  isPointer,
  isRecord,
  pointerTo,
  promote,
  SIZE,
  VOID,
} from '../ctypes.ts';
import type { Syntax } from '../grammar.ts';
import type { Scope } from './scope.ts';
import { decodeCharacter } from './text.ts';
import type { TypeReader } from './types.ts';
import { Unreadable } from './unreadable.ts';
import {
  binaryExpr,
  conditionalType,
  constantOf,
  fieldOf,
  isNullLike,
  namedFields,
  nullExpr,
  numberExpr,
  resultOf,
  stringExpr,
} from './values.ts';

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
        return stringExpr(node, this.#scope.encodedLength);
      case 'true':
        return { k: 'number', value: 1, text: '1', type: INT };
      case 'false':
        return { k: 'number', value: 0, text: '0', type: INT };
      case 'null':
        return nullExpr();
      case 'parenthesized_expression':
        return this.read(node.children.find(({ type }) => type !== 'comment'));
      case 'binary_expression':
        if (this.#isCast(node)) return this.#signedCast(node);
        return binaryExpr(
          node.field('operator')!.text,
          this.read(node.field('left')),
          this.read(node.field('right')),
        );
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

  /** An expression; one that cannot be read is known to be none, with the reason. */
  readOrNot(node: Syntax | undefined, type?: CType): Expr {
    try {
      return this.read(node);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      return { k: 'unknown', text: node?.text ?? '', why: error.message, type: type ?? INT };
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
      const value = this.#scope.owner?.name ?? '';
      return { k: 'string', value, size: value.length + 1, type: pointerTo(CHAR) };
    }
    const sym = this.#scope.name(name);
    return { k: 'name', sym, type: sym.type };
  }

  #unary(node: Syntax): Expr {
    const op = node.field('operator')!.text as '-' | '+' | '~' | '!' | '*' | '&';
    return this.#prefixed(op, this.read(node.field('argument')), node);
  }

  #prefixed(op: '-' | '+' | '~' | '!' | '*' | '&', e: Expr, node: Syntax): Expr {
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
          const text = e.text.startsWith('-') ? e.text.slice(1) : `-${e.text}`;
          return { ...e, value: -e.value, text, type: promote(e.type) };
        }
        return { k: 'unary', op, e, type: promote(e.type) };
    }
  }

  /** Whether `(DWORD)-1` was taken for a difference. */
  #isCast(node: Syntax): boolean {
    const left = node.field('left')!;
    const [name, ...rest] = left.children;
    return (
      left.type === 'parenthesized_expression' &&
      rest.length === 0 &&
      name?.type === 'identifier' &&
      /^[-+&*]$/.test(node.field('operator')!.text) &&
      this.#scope.isType(name.text)
    );
  }

  #signedCast(node: Syntax): Expr {
    const type = this.#scope.type(node.field('left')!.children[0]!.text)!;
    const op = node.field('operator')!.text as '-' | '+' | '&' | '*';
    return this.#cast(type, this.#prefixed(op, this.read(node.field('right')), node));
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
      const isMacro = this.#scope.api.function(callee.text) !== undefined;
      if (this.#scope.isType(callee.text) && !isMacro) throw new Unreadable(node.text);
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
    const list = name === 'h_addr' && record ? fieldOf(record, 'h_addr_list') : undefined;
    if (list) {
      // A macro of the headers for the first of the list.
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
    // The name of a text that `#define` gives is that text, with its NUL.
    const text = e.k === 'name' && e.sym.kind === 'constant' ? (e.sym.expression ?? e) : e;
    if (text.k === 'string') return { ...numberExpr(String(text.size)), type: SIZE } as Expr;
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
    return { k: 'list', items: nested(items, type), type };
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

/** Values with their places as a list of lists: those that fill one part together. */
function nested(items: readonly ListItem[], type: CType): ListItem[] {
  const parts = new Map<string | number | undefined, ListItem[]>();
  for (const item of items) {
    const [first] = item.path;
    const known = parts.get(first);
    if (known) known.push(item);
    else parts.set(first, [item]);
  }
  return [...parts].flatMap(([first, all]): ListItem[] => {
    // Of two for one place the later counts.
    const last = all.at(-1)!;
    if (first === undefined || last.path.length === 1) return [last];
    const inner = stepInto(type, first);
    const whole = all.findLast(({ path }) => path.length === 1)?.value;
    const before = whole?.k === 'list' ? whole.items : [];
    const rest = all
      .filter(({ path }) => path.length > 1)
      .map(({ path, value }) => ({ path: path.slice(1), value }));
    const list: ListExpr = { k: 'list', items: nested([...before, ...rest], inner), type: inner };
    return [{ path: [first], value: list }];
  });
}

function stepInto(type: CType, step: string | number): CType {
  if (typeof step === 'number') return elementOf(type);
  return (isRecord(type) && fieldOf(type, step)?.type) || VOID;
}
