export { ipv4Text, ipv6Text, socketAddressText } from './address-text.ts';
export { ARCHITECTURES, type Arch, hostArch } from './arch.ts';
export { array, arrayOf, CArray, CharArray, WideCharArray } from './array.ts';
export { anon, bits } from './bits.ts';
export {
  type Bound,
  bytes,
  bytesAt,
  bytesBy,
  bytesSum,
  count,
  countAt,
  minBytes,
  opaque,
} from './bounds.ts';
export { Callback, type CallbackType, callback } from './callback.ts';
export type { AnyFunction, Called, CType, Flavor, Pointer } from './ctype.ts';
export { errorCode, errorName, WinsockError } from './errors.ts';
export * from './failure.ts';
export { type Definition, type Func, func, funcAt, type Signature } from './function.ts';
export { GUID, guid, guidFromString, guidToString } from './guid.ts';
export type { FieldLayout, Layout } from './layout.ts';
export { addressOf, type Memory } from './memory.ts';
export * from './parameters.ts';
export {
  cast,
  cstring,
  type PointerType,
  ptr,
  pvoid,
  Ref,
  recordAt,
  ref,
  wstring,
} from './pointer.ts';
export {
  type Init,
  type OpenEnded,
  offsetof,
  type RecordType,
  Struct,
  type StructType,
  sizeof,
  struct,
  union,
} from './record.ts';
export * from './scalars.ts';
export { stringAt, systemMessage, wideStringAt } from './strings.ts';
export { setTraceDecoder, type TraceDecoder } from './trace.ts';
export { type Unchecked, unchecked } from './unchecked.ts';
