export { type CallbackType, callback } from './callbacks/callback.ts';
export type { Definition, Func, Signature } from './calls/definition.ts';
export { func, funcAt } from './calls/function.ts';
export {
  type Direction,
  kept,
  type Parameter,
  p,
  required,
  systemOwned,
  wholePages,
} from './calls/parameter.ts';
export { type Unchecked, unchecked } from './calls/unchecked.ts';
export { WinsockError } from './errors/errors.ts';
export * from './errors/failure.ts';
export { type CodeSpace, codeSpaceOf, errorCode, errorName } from './errors/names.ts';
export { systemMessage } from './errors/system-message.ts';
export { ipv4Text, ipv6Text, socketAddressText } from './memory/address-text.ts';
export { addressOf, type Memory } from './memory/memory.ts';
export { stringAt, wideStringAt } from './memory/strings.ts';
export { setTraceDecoder, type TraceDecoder } from './trace/decoder.ts';
export { ARCHITECTURES, type Arch, hostArch } from './types/arch.ts';
export type {
  BufferArg,
  CallbackArg,
  CallbackField,
  ScalarArg,
  StringArg,
  StructArg,
} from './types/arguments.ts';
export { array, arrayOf, CArray, CharArray, WideCharArray } from './types/array.ts';
export { anon, bits } from './types/bits.ts';
export {
  type Bound,
  type BoundOptions,
  byFlags,
  bytes,
  bytesAt,
  bytesBy,
  bytesSum,
  count,
  countAt,
  minBytes,
  opaque,
  untilZero,
} from './types/bound.ts';
export { Callback } from './types/callback.ts';
export type {
  AnyCType,
  AnyFunction,
  Called,
  CType,
  FieldLayout,
  Flavor,
  IntegerType,
  Layout,
  Pointer,
  PointerType,
  RecordType,
} from './types/ctype.ts';
export { GUID, guid, guidFromString, guidToString } from './types/guid.ts';
export { cast, cstring, ptr, pvoid, recordAt, wstring } from './types/pointer.ts';
export {
  type Init,
  type OpenEnded,
  offsetof,
  Struct,
  type StructType,
  sizeof,
  struct,
  union,
} from './types/record.ts';
export { Ref, ref } from './types/ref.ts';
export * from './types/scalars.ts';
