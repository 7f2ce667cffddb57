/**
 * What typed arrays and buffers are, asked of the values themselves.
 *
 * An own property or a subclass can answer `byteLength` or `buffer` with anything, and a program may
 * have changed the prototypes; `instanceof` knows the classes of one realm only, and a vm context has
 * its own. The getters that the engine made read the value's internal state, of whatever realm it is.
 * Whether memory is large enough, and whose it is, is decided by these only.
 */
import { types } from '../native/builtins.ts';

/** A getter of a prototype, as a function of the object. */
function getter<T>(prototype: object, name: PropertyKey): (of: object) => T {
  const { get } = Object.getOwnPropertyDescriptor(prototype, name)!;
  return Function.prototype.call.bind(get!) as (of: object) => T;
}

// It has %TypedArray%.prototype above it in every engine.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

/** The name of a typed array's class; undefined for anything else. */
const classOf = getter<string | undefined>(typedArray, Symbol.toStringTag);

/** Bytes of a typed array; 0 where its buffer is detached. */
export const byteLengthOf: (of: ArrayBufferView) => number = getter(typedArray, 'byteLength');
/** The offset, in bytes, at which a typed array begins in its buffer. */
export const byteOffsetOf: (of: ArrayBufferView) => number = getter(typedArray, 'byteOffset');
/** The buffer of a typed array. A small array that lies on the JavaScript heap is moved out of it. */
export const bufferOf: (of: ArrayBufferView) => ArrayBuffer = getter(typedArray, 'buffer');

/** The index of the first byte of a value in an array of bytes; -1 where there is none. */
export const indexOfByte: (of: Uint8Array, byte: number) => number = Function.prototype.call.bind(
  Uint8Array.prototype.indexOf,
);

/** Copies bytes to the start of an array of bytes. */
export const setBytes: (of: Uint8Array, bytes: Uint8Array) => void = Function.prototype.call.bind(
  Uint8Array.prototype.set,
);

const view = {
  byteLength: getter<number>(DataView.prototype, 'byteLength'),
  byteOffset: getter<number>(DataView.prototype, 'byteOffset'),
  buffer: getter<ArrayBuffer>(DataView.prototype, 'buffer'),
};

const { isView } = ArrayBuffer;
const { isAnyArrayBuffer } = types;

/** Whether a value is an array of bytes: a Uint8Array, a Buffer, a record. */
export function isUint8Array(value: unknown): value is Uint8Array<ArrayBuffer> {
  return isView(value) && classOf(value) === 'Uint8Array';
}

/** Whether a value is an ArrayBuffer or a SharedArrayBuffer; nothing here tells them apart. */
export function isBuffer(value: unknown): value is ArrayBuffer {
  return isAnyArrayBuffer(value);
}

/** Absent before Node.js 20, and then no buffer is resizable. */
const resizable =
  'resizable' in ArrayBuffer.prototype
    ? getter<boolean>(ArrayBuffer.prototype, 'resizable')
    : () => false;

/** Whether a buffer is shared between threads: such memory is never taken back, and only grows. */
export const isShared: (buffer: unknown) => boolean = types.isSharedArrayBuffer;

/** Whether a buffer can shrink. */
export function canShrink(buffer: ArrayBuffer): boolean {
  return !isShared(buffer) && resizable(buffer);
}

/** Bytes of a buffer that is not shared; 0 where it is detached. */
export const bytesOfBuffer: (of: ArrayBuffer) => number = getter(
  ArrayBuffer.prototype,
  'byteLength',
);

/**
 * The bytes of a view of any class.
 *
 * @throws TypeError for a view of another class whose buffer is detached
 */
export function bytesOfView(of: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const name = classOf(of);
  if (name === 'Uint8Array') return of as Uint8Array<ArrayBuffer>;
  return name === undefined
    ? new Uint8Array(view.buffer(of), view.byteOffset(of), view.byteLength(of))
    : new Uint8Array(bufferOf(of), byteOffsetOf(of), byteLengthOf(of));
}

export { isView };
