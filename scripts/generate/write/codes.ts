// lib/ffi/codes.g.ts: names of error codes.

import type { Ir } from '../model/ir.ts';
import { WINSOCK_DLLS } from '../overlays/functions.ts';

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

/** Statuses of IP: numbers between the two, in ipexport.h. */
const IP_STATUS = { module: 'ipexport', above: 11000, last: 11255 };
const NOT_IP_STATUS = /^MAX_/;

function ipStatuses(ir: Ir): [number, string][] {
  const statuses: [number, string][] = [];
  for (const item of ir.items) {
    if (item.kind !== 'constant' || item.module !== IP_STATUS.module) continue;
    if (item.value.k !== 'int' || NOT_IP_STATUS.test(item.name)) continue;
    const value = Number(item.value.value);
    if (value > IP_STATUS.above && value <= IP_STATUS.last) statuses.push([value, item.name]);
  }
  return statuses.sort((a, b) => a[0] - b[0]);
}

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
    '/** Statuses of IP, which the functions of ICMP fail with; their numbers are those of other codes too. */',
    'export const IP_STATUS_NAMES: ReadonlyArray<readonly [code: number, name: string]> = [',
    ...ipStatuses(ir).map(([code, name]) => `  [${code}, '${name}'],`),
    '];',
    '',
    "/** DLLs whose functions fail with Winsock's errors. */",
    `export const WINSOCK_DLLS: readonly string[] = [${WINSOCK_DLLS.map((dll) => `'${dll}'`).join(', ')}];`,
    '',
  ].join('\n');
}
