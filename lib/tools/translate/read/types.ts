import type { Sym } from '../ast.ts';
import {
  CHAR,
  type CType,
  DOUBLE,
  decay,
  type Field,
  type FunctionType,
  INT,
  INT64,
  isRecord,
  LONG,
  type Parameter,
  pointerTo,
  type RecordType,
  SCHAR,
  SHORT,
  UCHAR,
  UINT,
  UINT64,
  ULONG,
  USHORT,
  VOID,
} from '../ctypes.ts';
import type { Syntax } from '../grammar.ts';
import type { Scope } from './scope.ts';
import { Unreadable } from './unreadable.ts';

export interface Declared {
  readonly name: string;
  readonly type: CType;
  /** The names of the parameters, of a function. */
  readonly params?: readonly Parameter[];
}

/** Reads types and declarators. What a number is, it asks. */
export class TypeReader {
  readonly #scope: Scope;
  readonly #numberFor: (node: Syntax) => { value: number | undefined; code: string | undefined };
  readonly #packAt: (row: number) => number | undefined;
  /** Called with each structure and enumeration, when it has been read. */
  readonly onRecord: (record: RecordType) => void;
  readonly onEnum: (items: readonly Sym[]) => void;
  #anonymous = 0;
  #enumItems: (node: Syntax) => readonly Sym[];

  constructor(
    scope: Scope,
    numberFor: (node: Syntax) => { value: number | undefined; code: string | undefined },
    packAt: (row: number) => number | undefined,
    enumItems: (node: Syntax) => readonly Sym[],
    onRecord: (record: RecordType) => void,
    onEnum: (items: readonly Sym[]) => void,
  ) {
    this.#scope = scope;
    this.#numberFor = numberFor;
    this.#packAt = packAt;
    this.#enumItems = enumItems;
    this.onRecord = onRecord;
    this.onEnum = onEnum;
  }

  /** The type before the declarators. `typedefName` names a structure that has no tag. */
  base(node: Syntax, typedefName?: string): CType {
    switch (node.type) {
      case 'primitive_type':
      case 'type_identifier':
        return this.#named(node.text);
      case 'sized_type_specifier':
        return this.#sized(node.text);
      case 'struct_specifier':
        return this.#record(node, false, typedefName);
      case 'union_specifier':
        return this.#record(node, true, typedefName);
      case 'enum_specifier': {
        const body = node.field('body');
        if (body) this.onEnum(this.#enumItems(body));
        return INT;
      }
      default:
        throw new Unreadable(`the type ${node.text}`);
    }
  }

  #named(name: string): CType {
    const type = this.#scope.type(name);
    if (!type) throw new Unreadable(`the type ${name} is not known`);
    return type;
  }

  #sized(text: string): CType {
    const words = text.split(/\s+/);
    const unsigned = words.includes('unsigned');
    const longs = words.filter((word) => word === 'long').length;
    if (words.includes('char')) return unsigned ? UCHAR : words.includes('signed') ? SCHAR : CHAR;
    if (words.includes('short')) return unsigned ? USHORT : SHORT;
    if (words.includes('double')) return DOUBLE;
    if (words.includes('__int64') || longs === 2) return unsigned ? UINT64 : INT64;
    if (longs === 1) return unsigned ? ULONG : LONG;
    const other = words.find((word) => !/^(?:unsigned|signed|int|const)$/.test(word));
    if (other) return this.#named(other);
    return unsigned ? UINT : INT;
  }

  #record(node: Syntax, union: boolean, typedefName?: string): CType {
    const tag = node.field('name')?.text;
    const body = node.field('body');
    const known = tag ? this.#scope.tag(tag) : undefined;
    const declared = (name: string): RecordType => ({
      k: 'record',
      name,
      union,
      fields: undefined,
      api: false,
    });
    if (!body) {
      if (known) return known;
      const made = declared(tag ?? '');
      if (tag) this.#scope.declareTag(tag, made);
      return made;
    }
    const forward = isRecord(known) && !known.api && known.fields === undefined ? known : undefined;
    const name = typedefName ?? tag ?? `Unnamed${++this.#anonymous}`;
    const record = forward ?? declared(name);
    if (typedefName) record.name = typedefName;
    record.pack = this.#packAt(node.row);
    if (tag) this.#scope.declareTag(tag, record);
    record.fields = this.#fields(body, name);
    this.onRecord(record);
    return record;
  }

  /** Called with a `#define` between the fields of a structure. */
  onDefine: (node: Syntax) => void = () => {};

  #fields(body: Syntax, owner: string): Field[] {
    const fields: Field[] = [];
    for (const child of body.children) {
      if (child.type === 'comment') continue;
      if (child.type === 'preproc_def') {
        this.onDefine(child);
        continue;
      }
      if (child.type !== 'field_declaration') throw new Unreadable(child.text);
      const declarators = child.fields('declarator');
      const own = declarators[0]
        ? /\w+/.exec(declarators[0].text)?.[0]
        : `part${fields.length + 1}`;
      const base = this.base(
        child.field('type')!,
        child.field('type')!.field('name') ? undefined : `${owner}_${own}`,
      );
      if (declarators.length === 0) {
        if (child.children.some(({ type }) => type === 'bitfield_clause'))
          throw new Unreadable('a bit field without a name');
        fields.push({ name: '', type: base });
        continue;
      }
      for (const declarator of declarators) {
        const { name, type } = this.declarator(declarator, base);
        // The width of each stands behind it.
        const [next] = child.children.filter(({ start }) => start >= declarator.end);
        const bits = next?.type === 'bitfield_clause' ? next : undefined;
        const width = bits && this.#numberFor(bits.children[0]!).value;
        fields.push({ name, type, ...(width !== undefined && { bits: width }) });
      }
    }
    return fields;
  }

  declarator(node: Syntax | undefined, base: CType): Declared {
    if (!node) return { name: '', type: base };
    switch (node.type) {
      case 'identifier':
      case 'field_identifier':
      case 'type_identifier':
      case 'primitive_type':
        return { name: node.text, type: base };
      case 'pointer_declarator':
      case 'abstract_pointer_declarator':
        return this.declarator(inner(node), pointerTo(base));
      case 'array_declarator':
      case 'abstract_array_declarator': {
        const size = node.field('size');
        const length = size ? this.#numberFor(size) : undefined;
        return this.declarator(inner(node), {
          k: 'array',
          of: base,
          length: length?.value,
          ...(length?.code !== undefined && { code: length.code }),
        });
      }
      case 'function_declarator':
      case 'abstract_function_declarator': {
        const list = node.field('parameters');
        const { params, variadic } = this.parameters(list);
        const type: FunctionType = { k: 'function', result: base, params, variadic };
        const declared = this.declarator(inner(node), type);
        return declared.type === type ? { ...declared, params } : declared;
      }
      case 'parenthesized_declarator':
      case 'abstract_parenthesized_declarator':
        return this.declarator(inner(node), base);
      case 'init_declarator':
        return this.declarator(node.field('declarator'), base);
      default:
        throw new Unreadable(node.text);
    }
  }

  parameters(list: Syntax | undefined): Pick<FunctionType, 'variadic'> & {
    params: Parameter[];
  } {
    const params: Parameter[] = [];
    let variadic = false;
    for (const child of list?.children ?? []) {
      if (child.type === 'variadic_parameter') variadic = true;
      if (child.type !== 'parameter_declaration') continue;
      const base = this.base(child.field('type')!);
      const { name, type } = this.declarator(child.field('declarator'), base);
      if (type === VOID || (type.k === 'void' && name === '')) continue;
      const constant = child.children.some((one) => one.text === 'const');
      // Arrays and functions are pointers here.
      params.push({ name, type: decay(type), ...(constant && { constant }) });
    }
    return { params, variadic };
  }

  /** The type in a cast or sizeof. */
  descriptor(node: Syntax): CType {
    const base = this.base(node.field('type')!);
    return this.declarator(node.field('declarator'), base).type;
  }
}

function inner(node: Syntax): Syntax | undefined {
  const named = node.field('declarator');
  if (named) return named;
  return node.children.find(({ type }) => /declarator$|identifier$/.test(type));
}
