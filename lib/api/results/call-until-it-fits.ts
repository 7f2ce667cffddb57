import { DWORD } from '../../../defs/windows.g.ts';
import { ERROR_BUFFER_OVERFLOW, ERROR_INSUFFICIENT_BUFFER } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';

/** Between asking for the size and asking again, the result may have callUntilItFits; this often. */
const MOST_ATTEMPTS = 10;

/**
 * Memory that a function fills whose result has no fixed size: called again with the size that it
 * asks for, as its documentation says, until the memory is large enough.
 *
 * @param syscall the name of the function, for errors
 * @param call the call, given the memory and a variable with its size in bytes; returns its code
 * @param first the size in bytes to begin with
 * @param empty a code that means that there is nothing
 * @returns the memory, or undefined where there is nothing
 * @throws WinsockError where the function fails for another reason
 */
export function callUntilItFits(
  syscall: string,
  call: (memory: Uint8Array, size: Ref<number>) => number,
  first: number,
  empty?: number,
): Uint8Array | undefined {
  const size = ref(DWORD, first);
  for (let attempt = 1; ; attempt++) {
    const given = size.value;
    const memory = new Uint8Array(new ArrayBuffer(given));
    const code = call(memory, size);
    if (code === 0) return memory;
    if (code === empty) return undefined;
    const wantsMore = code === ERROR_BUFFER_OVERFLOW || code === ERROR_INSUFFICIENT_BUFFER;
    if (!wantsMore || attempt === MOST_ATTEMPTS) {
      throw new WinsockError(code, syscall, { space: 'windows' });
    }
    // Some functions of older systems leave the size as it was.
    size.value = Math.max(size.value, size.value > given ? 0 : given * 2);
  }
}
