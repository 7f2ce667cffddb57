/** koffi's names for the types that cross a call. */
import { ABI_POINTER_RESULT } from '../native/kernel32.ts';
import { ABI_SIGNED_POINTER_SIZED } from '../native/native.ts';
import { hostArch } from '../types/arch.ts';
import type { AnyCType, RecordType } from '../types/ctype.ts';

/** How every pointer crosses a call: as memory, or as null. */
const MEMORY = 'void *';

/** koffi's name of a type as a parameter, or as what a callback returns. */
export function abiOf(type: AnyCType): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'integer': {
      const { width, signed } = type;
      return width === 'pointer' ? ABI_SIGNED_POINTER_SIZED : `${signed ? '' : 'u'}int${width}_t`;
    }
    case 'float':
      return type.name;
    case 'record':
      return abiOfRecordByValue(type);
    default:
      return MEMORY;
  }
}

/**
 * Records passed by value. On 64-bit Windows one of 1, 2, 4 or 8 bytes travels as an integer and any
 * other as the address of a copy, so neither needs a description of its fields. On ARM one of up to 16
 * bytes travels in two registers, which is not provided for.
 */
function abiOfRecordByValue(type: RecordType): string {
  const size = type.sizeOf(hostArch);
  if (size === 1 || size === 2 || size === 4 || (size === 8 && hostArch !== 'ia32')) {
    return `uint${size * 8}_t`;
  }
  if (hostArch === 'x64' || (size > 16 && hostArch === 'arm64')) return MEMORY;
  throw new TypeError(`passing ${type.name} by value is not supported on ${hostArch}`);
}

/** koffi's name of a parameter's type where pointers are plain numbers, as callbacks get them too. */
export function abiOfAddresses(type: AnyCType): string {
  const abi = abiOf(type);
  return abi === MEMORY ? ABI_SIGNED_POINTER_SIZED : abi;
}

/** koffi's name of a result's type: addresses come back as integers. */
export function abiOfResult(type: AnyCType): string {
  const abi = abiOf(type);
  return abi === MEMORY ? ABI_POINTER_RESULT : abi;
}
