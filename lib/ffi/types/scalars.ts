import { type Arch, hostArch, pointerSize } from './arch.ts';
import type { FloatType, IntegerType, VoidType } from './ctype.ts';
import { describe } from './describe.ts';

const scratch = new DataView(new ArrayBuffer(8));

function notANumber(value: unknown, where: string): TypeError {
  return new TypeError(`${where} must be an integer, got ${describe(value)}`);
}

function outOfRange(value: unknown, where: string, name: string): RangeError {
  return new RangeError(`${where}: ${describe(value)} does not fit ${name}`);
}

/**
 * Integers of up to 32 bits. As in C, both -1 and 0xffffffff may be written for a 32-bit value,
 * whatever its signedness, because no bit is lost; anything wider, and any fraction, is refused.
 */
function smallInteger<Name extends string>(
  name: Name,
  width: 8 | 16 | 32,
  signed: boolean,
): IntegerType & { readonly name: Name } {
  const min = -(2 ** (width - 1));
  const max = 2 ** width - 1;
  const bytes = width / 8;
  const shift = 32 - width;
  // The value in the native signedness.
  const wrap = signed
    ? (value: number) => (value << shift) >> shift
    : (value: number) => (value << shift) >>> shift;
  const check = (value: unknown, where: string): number => {
    if (typeof value !== 'number') {
      if (typeof value !== 'bigint') throw notANumber(value, where);
      if (value < min || value > max) throw outOfRange(value, where, name);
      return wrap(Number(value));
    }
    if (value >= min && value <= max && Number.isInteger(value)) return wrap(value);
    throw Number.isInteger(value) ? outOfRange(value, where, name) : notANumber(value, where);
  };
  const get =
    bytes === 1
      ? (memory: Uint8Array, offset: number) => wrap(memory[offset]!)
      : bytes === 2
        ? (memory: Uint8Array, offset: number) => wrap(memory[offset]! | (memory[offset + 1]! << 8))
        : (memory: Uint8Array, offset: number) =>
            wrap(
              memory[offset]! |
                (memory[offset + 1]! << 8) |
                (memory[offset + 2]! << 16) |
                (memory[offset + 3]! << 24),
            );
  return {
    kind: 'integer',
    name,
    signed,
    width,
    holdsPointer: false,
    check,
    sizeOf: () => bytes,
    alignOf: () => bytes,
    get,
    set(memory, offset, value, where) {
      const bits = check(value, where);
      for (let i = 0; i < bytes; i++) memory[offset + i] = bits >> (8 * i);
    },
  };
}

/** 64-bit integers are bigint in JavaScript; numbers are accepted where they are exact. */
function bigInteger(name: string, signed: boolean): IntegerType<bigint> {
  const min = -(2n ** 63n);
  const max = 2n ** 64n - 1n;
  const wrap = (value: bigint) => (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value));
  const check = (value: unknown, where: string): bigint => {
    if (typeof value === 'number') {
      if (!Number.isSafeInteger(value)) throw notANumber(value, where);
      return wrap(BigInt(value));
    }
    if (typeof value !== 'bigint') throw notANumber(value, where);
    if (value < min || value > max) throw outOfRange(value, where, name);
    return wrap(value);
  };
  return {
    kind: 'integer',
    name,
    signed,
    width: 64,
    holdsPointer: false,
    check,
    sizeOf: () => 8,
    alignOf: () => 8,
    get(memory, offset) {
      for (let i = 0; i < 8; i++) scratch.setUint8(i, memory[offset + i]!);
      return signed ? scratch.getBigInt64(0, true) : scratch.getBigUint64(0, true);
    },
    set(memory, offset, value, where) {
      scratch.setBigInt64(0, BigInt.asIntN(64, check(value, where)), true);
      for (let i = 0; i < 8; i++) memory[offset + i] = scratch.getUint8(i);
    },
  };
}

/**
 * Integers as wide as an address: SOCKET, HANDLE, ULONG_PTR, SIZE_T. They are numbers in
 * JavaScript, because handles, addresses and sizes are far below 2^53, and INVALID_SOCKET is -1
 * in both signednesses; a value that a number cannot hold is refused rather than rounded.
 */
function pointerInteger(name: string, signed: boolean): IntegerType {
  const bytes = pointerSize(hostArch);
  const check = (value: unknown, where: string): number => {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number') throw notANumber(value, where);
    if (!Number.isSafeInteger(number)) {
      throw Number.isInteger(number) ? outOfRange(value, where, name) : notANumber(value, where);
    }
    if (bytes === 4 && (number < -0x80000000 || number > 0xffffffff)) {
      throw outOfRange(value, where, name);
    }
    return number;
  };
  return {
    kind: 'integer',
    name,
    signed,
    width: 'pointer',
    holdsPointer: false,
    check,
    sizeOf: pointerSize,
    alignOf: pointerSize,
    get(memory, offset) {
      const low =
        (memory[offset]! |
          (memory[offset + 1]! << 8) |
          (memory[offset + 2]! << 16) |
          (memory[offset + 3]! << 24)) >>>
        0;
      if (bytes === 4) return signed || low === 0xffffffff ? low | 0 : low;
      const high =
        memory[offset + 4]! |
        (memory[offset + 5]! << 8) |
        (memory[offset + 6]! << 16) |
        (memory[offset + 7]! << 24);
      return high * 0x100000000 + low;
    },
    set(memory, offset, value, where) {
      const number = check(value, where);
      const low = number >>> 0;
      for (let i = 0; i < 4; i++) memory[offset + i] = low >>> (8 * i);
      if (bytes === 4) return;
      const high = Math.floor(number / 0x100000000);
      for (let i = 0; i < 4; i++) memory[offset + 4 + i] = high >> (8 * i);
    },
  };
}

function floating(name: string, bytes: 4 | 8): FloatType {
  return {
    kind: 'float',
    name,
    holdsPointer: false,
    sizeOf: () => bytes,
    alignOf: () => bytes,
    get(memory, offset) {
      for (let i = 0; i < bytes; i++) scratch.setUint8(i, memory[offset + i]!);
      return bytes === 4 ? scratch.getFloat32(0, true) : scratch.getFloat64(0, true);
    },
    set(memory, offset, value, where) {
      if (typeof value !== 'number')
        throw new TypeError(`${where} must be a number, got ${describe(value)}`);
      if (bytes === 4) scratch.setFloat32(0, value, true);
      else scratch.setFloat64(0, value, true);
      for (let i = 0; i < bytes; i++) memory[offset + i] = scratch.getUint8(i);
    },
  };
}

export const int8 = smallInteger('int8', 8, true);
export const uint8 = smallInteger('uint8', 8, false);
export const int16 = smallInteger('int16', 16, true);
export const uint16 = smallInteger('uint16', 16, false);
export const int32 = smallInteger('int32', 32, true);
export const uint32 = smallInteger('uint32', 32, false);
export const int64 = bigInteger('int64', true);
export const uint64 = bigInteger('uint64', false);
export const intptr = pointerInteger('intptr', true);
export const uintptr = pointerInteger('uintptr', false);
export const float32 = floating('float', 4);
export const float64 = floating('double', 8);

/** `char`: an array of it reads as text. */
export const char = smallInteger('char', 8, true);
/** `char` of a text that is UTF-8 whatever the code page of the system is. */
export const charUtf8 = smallInteger('char', 8, true);
/** `WCHAR`: an array of it reads as text. */
export const wchar = smallInteger('WCHAR', 16, false);

/** `void`: the result of a function that returns nothing. */
export const void_: VoidType = {
  kind: 'void',
  name: 'void',
  holdsPointer: false,
  sizeOf: () => 0,
  alignOf: () => 1,
  get: () => undefined,
  set: () => undefined,
};

// The C names, with the sizes Windows gives them: `long` has 32 bits.
export const short = int16;
export const int = int32;
export const long = int32;
export const unsigned = uint32;

/** Size in bytes of an integer type on an architecture. */
export function integerBytes({ width }: Pick<IntegerType, 'width'>, arch: Arch): number {
  return width === 'pointer' ? pointerSize(arch) : width / 8;
}
