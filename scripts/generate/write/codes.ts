// lib/ffi/codes.g.ts: names of error codes.

import type { Ir } from '../model/ir.ts';

/** Names of the headers that are no error code although they look like one. */
const NOT_CODES = /^(?:WSABASEERR|WSA_(?:WAIT_|INFINITE|MAXIMUM|INVALID_EVENT|FLAG_))/;
const CODES =
  /^(?:WSA(?:E[A-Z]|_|[A-Z]{2,}_|SYS|VER|NOT|TRY|NO_)|ERROR_|NO_ERROR|WAIT_TIMEOUT|DNS_|EPT_)/;

/** Headers whose constants are error codes. */
const HEADERS = new Set(['winerror', 'tcerror']);

/** Error codes that winsock2.h defines itself, as other names of Windows' own. */
const OWN_CODES = new Set([
  'WSA_INVALID_HANDLE',
  'WSA_INVALID_PARAMETER',
  'WSA_IO_INCOMPLETE',
  'WSA_IO_PENDING',
  'WSA_NOT_ENOUGH_MEMORY',
  'WSA_OPERATION_ABORTED',
]);

export function emitCodes(ir: Ir): string {
  const codes: [number, string][] = [];
  for (const item of ir.items) {
    if (item.kind !== 'constant' || item.value.k !== 'int') continue;
    const isError = HEADERS.has(item.module) ? CODES.test(item.name) : OWN_CODES.has(item.name);
    if (isError && !NOT_CODES.test(item.name)) {
      codes.push([Number(item.value.value), item.name]);
    }
  }
  // The first name of a code is the one that is shown, so Winsock's own names come first.
  const rank = (name: string) => (name.startsWith('WSA') ? 0 : name === 'ERROR_SUCCESS' ? 1 : 2);
  codes.sort((a, b) => a[0] - b[0] || rank(a[1]) - rank(b[1]) || (a[1] < b[1] ? 1 : -1));

  return [
    '/** Error codes and their names; the first name of a code is the one to show. */',
    'export const CODE_NAMES: ReadonlyArray<readonly [code: number, name: string]> = [',
    ...codes.map(([code, name]) => `  [${code}, '${name}'],`),
    '];',
    '',
  ].join('\n');
}
