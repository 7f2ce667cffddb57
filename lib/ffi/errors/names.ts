import { CODE_NAMES, IP_STATUS_NAMES, WINSOCK_DLLS } from '../codes.g.ts';

/**
 * Whose number an error code is. Numbers mean different things: 11010 is a quality-of-service error
 * of Winsock and a time-out of ICMP, and 87 has a name of Winsock's and one of Windows'.
 */
export type CodeSpace = 'winsock' | 'windows' | 'icmp';

/** What says whose codes a function gives: how it fails, or else its DLL, which is '' behind a pointer. */
interface Failing {
  readonly dll: string;
  readonly failure: { readonly space?: CodeSpace };
}

/** Whose codes a function gives, by its definition: `codeSpaceOf(IcmpSendEcho.definition)`. */
export function codeSpaceOf({ dll, failure }: Failing): CodeSpace {
  return failure.space ?? (dll === '' || WINSOCK_DLLS.includes(dll) ? 'winsock' : 'windows');
}

type Pairs = ReadonlyArray<readonly [code: number, name: string]>;

/** Where several names have a code, the first one counts. */
function byCode(pairs: Pairs): Map<number, string> {
  return new Map([...pairs].reverse());
}

const isWinsockName = ([, name]: Pairs[number]) => name.startsWith('WSA');

const TABLES: Record<CodeSpace, () => Map<number, string>> = {
  winsock: () => byCode(CODE_NAMES),
  // Windows' own names first, and Winsock's where there is no other.
  windows: () =>
    byCode([
      ...CODE_NAMES.filter((pair) => !isWinsockName(pair)),
      ...CODE_NAMES.filter(isWinsockName),
    ]),
  // ICMP's functions fail with Windows' codes too, such as ERROR_INVALID_PARAMETER.
  icmp: () => new Map([...tableOf('windows'), ...byCode(IP_STATUS_NAMES)]),
};

const tables: Partial<Record<CodeSpace, Map<number, string>>> = {};

function tableOf(space: CodeSpace): Map<number, string> {
  tables[space] ??= TABLES[space]();
  return tables[space];
}

/**
 * The name of an error code ('WSAECONNRESET'), or undefined where the headers have none.
 *
 * @param space whose code it is; left out, Winsock's
 */
export function errorName(code: number, space: CodeSpace = 'winsock'): string | undefined {
  return tableOf(space).get(code);
}

/** The name of an error code, or 'ERROR_n' where the headers have none. */
export function nameOrNumber(code: number, space?: CodeSpace): string {
  return errorName(code, space) ?? `ERROR_${code}`;
}

/** Whether a code is a status of IP rather than a code of Windows. */
export function isIpStatus(code: number, space: CodeSpace | undefined): boolean {
  return space === 'icmp' && IP_STATUS_NAMES.some(([status]) => status === code);
}

let codes: Map<string, number> | undefined;

/** The number of an error name, or undefined where the headers have no such name. */
export function errorCode(name: string): number | undefined {
  codes ??= new Map([...CODE_NAMES, ...IP_STATUS_NAMES].map(([code, known]) => [known, code]));
  return codes.get(name);
}
