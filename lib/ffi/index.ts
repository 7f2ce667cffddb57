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
} from './calls/bounds.ts';
export { Callback, type CallbackType, callback } from './calls/callback.ts';
export { type Definition, type Func, func, funcAt, type Signature } from './calls/function.ts';
export * from './calls/parameters.ts';
export { type Unchecked, unchecked } from './calls/unchecked.ts';
export { errorCode, errorName, WinsockError } from './errors/errors.ts';
export * from './errors/failure.ts';
export { ipv4Text, ipv6Text, socketAddressText } from './memory/address-text.ts';
export { addressOf, type Memory } from './memory/memory.ts';
export { stringAt, systemMessage, wideStringAt } from './memory/strings.ts';
export { setTraceDecoder, type TraceDecoder } from './trace/trace.ts';
export { ARCHITECTURES, type Arch, hostArch } from './types/arch.ts';
export { array, arrayOf, CArray, CharArray, WideCharArray } from './types/array.ts';
export { anon, bits } from './types/bits.ts';
export type { AnyFunction, Called, CType, Flavor, Pointer } from './types/ctype.ts';
export { GUID, guid, guidFromString, guidToString } from './types/guid.ts';
export type { FieldLayout, Layout } from './types/layout.ts';
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
} from './types/pointer.ts';
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
} from './types/record.ts';
export * from './types/scalars.ts';
