// The tables of lib/ffi/codes.g.ts: names of error codes, and codes for completion statuses.

import type { Clang } from './clang.ts';
import type { Ir } from './ir.ts';
import { WINSOCK_CODE_BY_STATUS } from './overlays/ntstatus.ts';
import { probeConstants } from './probe.ts';

/** Names of the headers that are no error code although they look like one. */
const NOT_CODES = /^(?:WSABASEERR|WSA_(?:WAIT_|INFINITE|MAXIMUM|INVALID_EVENT|FLAG_))/;
const CODES =
  /^(?:WSA(?:E[A-Z]|_|[A-Z]{2,}_|SYS|VER|NOT|TRY|NO_)|ERROR_|NO_ERROR|WAIT_TIMEOUT|DNS_|EPT_)/;

/** Error codes that winsock2.h defines itself, as other names of Windows' own. */
const OWN_CODES = new Set([
  'WSA_INVALID_HANDLE',
  'WSA_INVALID_PARAMETER',
  'WSA_IO_INCOMPLETE',
  'WSA_IO_PENDING',
  'WSA_NOT_ENOUGH_MEMORY',
  'WSA_OPERATION_ABORTED',
]);

const STATUS_UNIT = `#define WIN32_NO_STATUS
#include <windows.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>
`;

export async function emitCodes(ir: Ir, clang: Clang): Promise<string> {
  const codes: [number, string][] = [];
  for (const item of ir.items) {
    if (item.kind !== 'constant' || item.value.k !== 'int') continue;
    const isError = item.module === 'winerror' ? CODES.test(item.name) : OWN_CODES.has(item.name);
    if (isError && !NOT_CODES.test(item.name)) {
      codes.push([Number(item.value.value), item.name]);
    }
  }
  // The first name of a code is the one that is shown, so Winsock's own names come first.
  const rank = (name: string) => (name.startsWith('WSA') ? 0 : name === 'ERROR_SUCCESS' ? 1 : 2);
  codes.sort((a, b) => a[0] - b[0] || rank(a[1]) - rank(b[1]) || (a[1] < b[1] ? 1 : -1));

  const numbers = new Map(codes.map(([code, name]) => [name, code]));
  const names = Object.values(WINSOCK_CODE_BY_STATUS).flatMap((text) => text.split(/\s+/));
  const macros = names.map((name) => ({ name, text: name, file: 'ntstatus' }));
  const values = await probeConstants(clang, 'x64', STATUS_UNIT, macros);
  const statuses: [number, number, string, string][] = [];
  for (const [code, list] of Object.entries(WINSOCK_CODE_BY_STATUS)) {
    for (const name of list.split(/\s+/)) {
      const value = values.get(name);
      const number = numbers.get(code);
      if (value?.k !== 'int' || number === undefined) {
        throw new Error(`overlays/ntstatus.ts: no value for ${name} or ${code}`);
      }
      statuses.push([Number(BigInt.asUintN(32, value.value)), number, name, code]);
    }
  }
  statuses.sort((a, b) => a[0] - b[0]);
  const hex = (status: number) => `0x${status.toString(16).padStart(8, '0')}`;
  return [
    '/** Error codes and their names; the first name of a code is the one to show. */',
    'export const CODE_NAMES: ReadonlyArray<readonly [code: number, name: string]> = [',
    ...codes.map(([code, name]) => `  [${code}, '${name}'],`),
    '];',
    '',
    '/** What an NTSTATUS of a completed operation is as an error code. */',
    'export const STATUS_CODES: ReadonlyArray<readonly [status: number, code: number]> = [',
    ...statuses.map(([status, code, name, to]) => `  [${hex(status)}, ${code}], // ${name}: ${to}`),
    '];',
    '',
  ].join('\n');
}
