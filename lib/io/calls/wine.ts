import { bindNative } from '../../ffi/native/native.ts';

let known: boolean | undefined;

/** Whether the system is Wine, for what it does differently. */
export function isWine(): boolean {
  if (known === undefined) {
    try {
      bindNative('ntdll', 'wine_get_version', 'int64_t', []);
      known = true;
    } catch {
      known = false;
    }
  }
  return known;
}
