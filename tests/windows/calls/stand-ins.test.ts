// Every function of a DLL, called with its own definition, where C++ has an export with the prototype of
// the headers instead (tests/native/stand-ins.cpp). What was given has to arrive, what was written and
// returned has to come back.

import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import * as k from 'winsock/kernel';
import * as qos from 'winsock/qos';
import * as spi from 'winsock/spi';
import { needsDlls, testDll } from '../support/native.ts';

type Call = (...args: unknown[]) => unknown;

const DLL = testDll('stand-ins');
const takeRecord = w.func<() => string>(DLL, 'TakeRecord', w.NeverFails, () => [w.cstring]);

/** Where code is: what is called has to lie there. */
const CODE: number = k.GetProcAddress.orThrow(k.GetModuleHandleW.orThrow('kernel32'), 'Sleep');

/** More than any bound asks for here. */
const ROOM = 1 << 16;
/** As the stand-ins have it. */
const PATTERN = 0x50;
const RETURNED = 0x21;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const sizeOf = (type: w.CType<unknown>) => type.sizeOf(w.hostArch);

/** An integer as the bytes that it is in memory. */
function bytesOf(value: number | bigint, size: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return hex(bytes.subarray(0, size));
}

interface Argument {
  readonly given: unknown;
  /** How it is written down: the value of what is no address, the address, or the memory there. */
  readonly arrives: readonly string[];
  /** Whether what was written there has come back. */
  readonly cameBack?: () => boolean;
}

/** The parameters that say how much memory there is at another. */
function lengthsOf(parameters: readonly w.Parameter[]): ReadonlySet<string> {
  return new Set(parameters.flatMap(({ bound }) => (bound ? lengthsIn(bound) : [])));
}

function lengthsIn(bound: w.Bound): readonly string[] {
  if (bound.kind === 'byFlags') return [...lengthsIn(bound.set), ...lengthsIn(bound.clear)];
  if ('parameters' in bound) return bound.parameters;
  return 'parameter' in bound ? [bound.parameter] : [];
}

/** A number with every byte of its own, as large and as negative as its type allows. */
function integer(type: w.CType<unknown>, number: number, isLength: boolean): Argument {
  const bits = 8 * sizeOf(type);
  const { signed } = type as w.CType<unknown> & { signed: boolean };
  // JavaScript's numbers hold 52 bits.
  const whole = BigInt.asUintN(Math.min(bits, 52), 0x7766_8d9e_afb0n + BigInt(number));
  const sized = signed ? BigInt.asIntN(bits, whole) : whole;
  const value = isLength ? BigInt(5 + number) : sized;
  const isBig = typeof type.get(new Uint8Array(8), 0) === 'bigint';
  return {
    given: isBig ? value : Number(value),
    arrives: [`value:${bytesOf(value, sizeOf(type))}`, `memory:@${value.toString(16)}`],
  };
}

/** What counts something in a record counts nothing: its memory holds no more than one. */
function countNothing(type: w.RecordType, bytes: Uint8Array): void {
  const { counted = {}, measured = {} } = type.options;
  const lengths = [
    ...Object.values(counted),
    ...Object.values(measured).flatMap((bound) => ('parameter' in bound ? [bound.parameter] : [])),
  ];
  for (const { name, type: field, offset } of type.layoutFor(w.hostArch).fields) {
    const end = offset + field.sizeOf(w.hostArch);
    if (lengths.includes(name)) bytes.fill(0, offset, end);
    if (field.kind === 'record') countNothing(field, bytes.subarray(offset, end));
  }
}

/** A record that says itself how large it is says so. */
function sizeItself({ name, bound }: w.Parameter, type: w.RecordType, bytes: Uint8Array): void {
  const size = bound && lengthsIn(bound).find((one) => one.startsWith(`${name}.`));
  if (size === undefined) return;
  const wanted = size.slice(name.length + 1);
  const field = type.layoutFor(w.hostArch).fields.find((one) => one.name === wanted);
  field?.type.set(bytes, field.offset, sizeOf(type), wanted);
}

/** Memory that was given to be freed. Kept, because an address that comes again would count as freed twice. */
const lent: Uint8Array[] = [];

/** Memory with a number of its own in each byte; what holds a length has a small one. */
function memory(parameter: w.Parameter, number: number, isLength: boolean): Argument {
  const { target } = parameter.type as w.CType<unknown> & { target?: w.CType<unknown> };
  const bytes = new Uint8Array(new ArrayBuffer(ROOM)).fill(0x30 + number);
  // What ends a list.
  bytes.fill(0, ROOM - 16);
  if (isLength) bytes.fill(0, 0, 8).fill(5 + number, 0, 1);
  if (target?.kind === 'record') {
    countNothing(target as w.RecordType, bytes);
    sizeItself(parameter, target as w.RecordType, bytes);
  }
  const size = target && target.kind !== 'void' ? sizeOf(target) : 0;
  const address = w.addressOf(bytes);
  if (parameter.systemOwned || parameter.wholePages) lent.push(bytes);
  return {
    given: parameter.systemOwned || parameter.wholePages ? address : bytes,
    arrives: [
      size > 0 ? `memory:${hex(bytes.subarray(0, size))}` : `memory:@${address.toString(16)}`,
    ],
    cameBack: () =>
      parameter.direction === 'in' ||
      bytes.subarray(0, size).every((byte) => byte === PATTERN + number),
  };
}

function argument(parameter: w.Parameter, number: number, isLength: boolean): Argument {
  const { type } = parameter;
  switch (type.kind) {
    case 'integer':
      return integer(type, number, isLength);
    case 'string': {
      const letter = String.fromCharCode(0x61 + number);
      const first = Buffer.from(letter, type.name === 'char *' ? 'latin1' : 'utf16le');
      return { given: `${letter} text`, arrives: [`memory:${hex(first)}`] };
    }
    case 'callback': {
      const address = CODE + number;
      return { given: address, arrives: [`memory:@${address.toString(16)}`] };
    }
    case 'record': {
      const record = new (type as unknown as new () => w.Struct)().fill(0x30 + number);
      return { given: record, arrives: [`value:${hex(record)}`] };
    }
    default:
      return memory(parameter, number, isLength);
  }
}

function expectedResult(type: w.CType<unknown>): readonly unknown[] {
  if (type.kind === 'void') return [undefined];
  if (type.kind !== 'integer') return [0, null];
  const bytes = new Uint8Array(8).fill(RETURNED, 0, 6);
  return [type.get(bytes, 0), 0];
}

/** A function of the DLLs, bound to its stand-in instead. */
class Subject {
  readonly name: string;
  readonly result: w.CType<unknown>;
  readonly parameters: readonly w.Parameter[];
  readonly standIn: w.Func<Call>;
  readonly #lengths: ReadonlySet<string>;

  constructor({ name, signature }: w.Definition) {
    const [result, ...parameters] = signature() as [w.CType<unknown>, ...w.Parameter[]];
    this.name = name;
    this.result = result;
    this.parameters = parameters;
    this.standIn = w.func<Call>(DLL, name, w.NeverFails, signature);
    this.#lengths = lengthsOf(parameters);
  }

  arguments(): Argument[] {
    return this.parameters.map((one, number) => argument(one, number, this.#lengths.has(one.name)));
  }

  /** What is wrong with a call that was made, in words. */
  faults(args: readonly Argument[], returned: unknown): string[] {
    const { name, parameters, result } = this;
    const arrived = takeRecord().trim().split(' ').filter(Boolean);
    const faults = args.flatMap(({ arrives, cameBack }, number) => {
      const where = `${name}: ${parameters[number]!.name}`;
      const found = arrived[number] ?? 'nothing';
      if (!arrives.includes(found)) {
        return [`${where}: ${arrives.join(' or ')} arrived as ${found}`];
      }
      return cameBack?.() === false ? [`${where}: what was written has not come back`] : [];
    });
    if (arrived.length !== args.length) faults.push(`${name}: ${arrived.length} arguments arrived`);
    const wanted = expectedResult(result);
    if (!wanted.includes(returned)) faults.push(`${name}: ${String(returned)} came back`);
    return faults;
  }
}

const subjects = () => {
  const definitions = new Map<string, w.Definition>();
  for (const [name, value] of Object.entries({ ...w, ...spi, ...ip, ...qos, ...k })) {
    const definition = (value as { definition?: w.Definition } | undefined)?.definition;
    // It is declared for 32 bits only.
    if (definition?.dll && name !== 'WSCInstallProviderAndChains') {
      definitions.set(definition.name, definition);
    }
  }
  return [...definitions.values()].map((definition) => new Subject(definition));
};

const given = (args: readonly Argument[]) => args.map((one) => one.given);

t.test('what each function is given arrives, and its results come back', needsDlls, async (t) => {
  const faults = subjects().flatMap((subject) => {
    const args = subject.arguments();
    return subject.faults(args, subject.standIn(...given(args)));
  });
  t.same(faults, []);
});

t.test('on another thread as well', needsDlls, async (t) => {
  const faults: string[] = [];
  for (const subject of subjects()) {
    const args = subject.arguments();
    faults.push(...subject.faults(args, await subject.standIn.async(...given(args))));
  }
  t.same(faults, []);
});

/** The length of memory that is not there. */
function nothingLong(type: w.CType<unknown>): Argument {
  const isBig = typeof type.get(new Uint8Array(8), 0) === 'bigint';
  return { given: isBig ? 0n : 0, arrives: [`value:${bytesOf(0, sizeOf(type))}`] };
}

const isPointer = ({ type }: w.Parameter) => /^(pointer|string|callback)$/.test(type.kind);

t.test(
  'NULL arrives as NULL where it may, and is refused where it may not',
  needsDlls,
  async (t) => {
    const nothing: Argument = { given: null, arrives: ['memory:', 'memory:@0'] };
    const faults = subjects().flatMap((subject) => {
      const args = subject.arguments();
      const { parameters, standIn } = subject;
      const absent = parameters.filter((one) => isPointer(one) && !one.required);
      const lengths = lengthsOf(absent);
      const some = args.map((one, number) => {
        const parameter = parameters[number]!;
        if (absent.includes(parameter)) return nothing;
        return lengths.has(parameter.name) && parameter.type.kind === 'integer'
          ? nothingLong(parameter.type)
          : one;
      });
      const wrong = subject.faults(some, standIn(...given(some)));
      for (const [number, parameter] of parameters.entries()) {
        if (!isPointer(parameter) || !parameter.required) continue;
        const without = given(subject.arguments()).with(number, null);
        try {
          standIn(...without);
          takeRecord();
          wrong.push(`${subject.name}: ${parameter.name} may be NULL`);
        } catch (error) {
          if (!(error instanceof TypeError)) wrong.push(`${subject.name}: ${error}`);
        }
      }
      return wrong;
    });
    t.same(faults, []);
  },
);
