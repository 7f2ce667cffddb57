/** Arguments of a function of Windows, drawn by its definition. */
import * as w from 'winsock';
import { isWine } from '../../support/native.ts';
import type { Sockets } from './sockets.ts';
import { SIZES, type Values } from './values.ts';

type Type = w.CType<unknown>;
type RecordType = w.StructType<w.Struct>;

const MILLISECONDS = /milliseconds|timeout|^dwTime$/i;
const SOCKET = /^(s|fd|hSocket|sock.*|.*Socket)$/i;
const HANDLE = /^(h[A-Z]|lph[A-Z]|Handle)/;

/** Parameters whose value is one of a family of constants: with any other they are refused, and nothing is tried. */
const FAMILIES: readonly (readonly [parameter: RegExp, constants: RegExp])[] = [
  [/IoControlCode$/, /^SIO_/],
  // Not FIONBIO, by which a socket would block.
  [/^cmd$/, /^FIO(NREAD|ASYNC)$|^SIOCATMARK$/],
  [/^level$/, /^SOL_|^IPPROTO_/],
  [/^optname$/, /^(SO|IP|IPV6|TCP|UDP)_[A-Z_]+$/],
  [/^(af|family|addressFamily)$/i, /^AF_/],
];
/** What Wine 10 reads or writes whatever size it is told. */
const FLAWED = isWine() ? [w.SIO_GET_EXTENSION_FUNCTION_POINTER, w.SIO_BASE_HANDLE] : [];
const NUMBERS = Object.entries(w).filter(
  ([, value]) => typeof value === 'number' && !FLAWED.includes(value),
);
const families = FAMILIES.map(([parameter, constants]) => {
  const numbers = NUMBERS.filter(([name]) => constants.test(name));
  return { parameter, numbers: numbers.map(([, number]) => number) };
});

const sizeOf = (type: Type) => type.sizeOf(w.hostArch);
const targetOf = (parameter: w.Parameter) =>
  (parameter.type as w.PointerType<unknown>).target as Type | undefined;

export class Arguments {
  readonly #values: Values;
  readonly #sockets: Sockets;

  constructor(values: Values, sockets: Sockets) {
    this.#values = values;
    this.#sockets = sockets;
  }

  /** Arguments for a call: mostly of the right kind, mostly with lengths that fit or nearly fit. */
  for(parameters: readonly w.Parameter[]): unknown[] {
    const { random } = this.#values;
    const args = parameters.map((one) => this.#argument(one));
    for (const [index, { bound, type }] of parameters.entries()) {
      const memory = args[index];
      if (!bound || !('parameter' in bound) || random.once(3)) continue;
      const other = parameters.findIndex(({ name }) => name === bound.parameter);
      const { byteLength } = ArrayBuffer.isView(memory) ? memory : { byteLength: 0 };
      const target = (type as w.PointerType<unknown>).target as Type | undefined;
      const counted = bound.kind === 'count' || bound.kind === 'countAt';
      const fits = Math.floor(byteLength / (counted && target ? sizeOf(target) || 1 : 1));
      const length = random.pick([fits, fits, fits, fits - 1, fits + 1, 2 * fits + 1, 2 ** 30]);
      args[other] =
        bound.kind === 'bytesAt' || bound.kind === 'countAt'
          ? this.#variable(parameters[other]!, length)
          : length;
    }
    if (random.once(60)) args.length = Math.max(0, args.length - 1);
    if (random.once(60)) args.push(this.#values.anything());
    return args;
  }

  #variable(parameter: w.Parameter, value: number): unknown {
    const target = targetOf(parameter);
    if (target?.kind !== 'integer') return this.#argument(parameter);
    const memory = this.#values.guarded.take(sizeOf(target));
    try {
      target.set(memory, 0, value, parameter.name);
    } catch {
      memory.fill(0xff);
    }
    return memory;
  }

  #argument(parameter: w.Parameter): unknown {
    const { type, name } = parameter;
    const values = this.#values;
    switch (type.kind) {
      case 'integer':
      case 'float':
        return this.#integer(name);
      case 'string':
        return values.text();
      case 'callback':
        return values.random.pick([null, null, undefined, 'text', {}, 1.5, -1, () => 0]);
      case 'record':
        return this.#record(type as RecordType);
      default:
        return this.#pointer(parameter);
    }
  }

  #integer(name: string): unknown {
    const { random } = this.#values;
    // What waits shall not wait long.
    if (MILLISECONDS.test(name)) return random.once(8) ? this.#values.wrongType() : random.below(2);
    if (SOCKET.test(name) && !random.once(4)) return this.#sockets.any();
    if (HANDLE.test(name)) return this.#sockets.event();
    const family = families.find(({ parameter }) => parameter.test(name));
    if (family && !random.once(4)) return random.pick(family.numbers);
    return this.#values.integer();
  }

  #pointer(parameter: w.Parameter): unknown {
    const { random, guarded } = this.#values;
    const target = targetOf(parameter);
    if (random.once(8)) return null;
    if (random.once(12)) return this.#values.noAddress();
    // `select` and the like wait for as long as this says.
    if (target?.name === 'timeval') return new w.timeval();
    if (target?.kind === 'record' && target.name !== 'sockaddr') {
      const right = !random.once(6);
      return right ? this.#record(target as RecordType) : this.#values.memory();
    }
    // Wine reads the family whatever length an address is said to have.
    if (target?.name === 'sockaddr' && isWine()) return guarded.take(random.pick(SIZES.slice(2)));
    if (target && random.once(3))
      return guarded.take(Math.max(0, sizeOf(target) - random.below(2)));
    return this.#values.memory();
  }

  /** A record that ends where a page does, with fields that need not fit one another. */
  #record(type: RecordType, depth = 0): unknown {
    const { random, guarded } = this.#values;
    if (random.once(16)) return random.pick([undefined, null, {}, 5, new w.sockaddr_in()]);
    const size = sizeOf(type);
    if (size > 65536) return new type();
    const memory = guarded.take(size);
    const record = new type(memory.buffer as ArrayBuffer, memory.byteOffset);
    if (!random.once(4)) this.#fill(type, record, depth);
    return record;
  }

  #fill(type: RecordType, record: w.Struct, depth: number): void {
    const { random } = this.#values;
    for (const { name, type: field, bit } of type.layoutFor(w.hostArch).fields) {
      if (random.once(3)) continue;
      const value = bit === undefined ? this.#field(name, field as Type, depth) : random.below(4);
      if (value === undefined) continue;
      try {
        (record as unknown as Record<string, unknown>)[name] = value;
      } catch (error) {
        // A field refuses what a parameter would.
        if (!isTyped(error)) throw error;
      }
    }
  }

  #field(name: string, type: Type, depth: number): unknown {
    const { random, guarded } = this.#values;
    switch (type.kind) {
      case 'integer':
        if (/family$/i.test(name)) return random.pick([w.AF_INET, w.AF_INET6, w.AF_UNIX, 0, 99]);
        if (HANDLE.test(name)) return random.pick([0, 0xdead0]);
        if (SOCKET.test(name)) return this.#sockets.any();
        return random.pick([0, 1, 2, 4, 16, 28, 64, 1000, 0xffff, 0x7fffffff, -1]);
      case 'string':
        return random.pick([null, '', 'text', '127.0.0.1']);
      case 'pointer': {
        const target = (type as w.PointerType<unknown>).target as Type | undefined;
        if (random.once(4)) return null;
        if (target?.kind === 'record' && depth < 3)
          return this.#record(target as RecordType, depth + 1);
        return guarded.take(random.pick(SIZES));
      }
      case 'record': {
        const record = this.#record(type as RecordType, depth + 1);
        return record instanceof w.Struct ? record : undefined;
      }
      default:
        return undefined;
    }
  }
}

/** A call that comes at the wrong time is refused with a plain error, as its documentation says. */
const WRONG_TIME =
  /listens already|does not listen|is being closed|connected already|completion port is closed|^operation [\s\S]* but |Unix socket has no port/;

/** Whether an error is one of those that a program is promised. */
export function isTyped(error: unknown): error is Error {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const { name, code, syscall } = Object(error) as Record<string, unknown>;
  // Memory of another realm refuses with that realm's errors.
  if (name === 'TypeError' || name === 'RangeError') return true;
  // What the stream bridge gives, as node:net does.
  if (error instanceof Error && /^E[A-Z]/.test(String(code)) && syscall) return true;
  if (error instanceof Error && WRONG_TIME.test(error.message)) return true;
  // What the system lacks has a code as well, and what streams of Node refuse, of its own or as its sockets are.
  return error instanceof w.WinsockError || /^ERR_(?:WINSOCK|STREAM|SOCKET)_/.test(String(code));
}
