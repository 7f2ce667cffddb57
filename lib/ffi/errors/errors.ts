import { CODE_NAMES } from '../codes.g.ts';
import { systemMessage } from './system-message.ts';

let names: Map<number, string> | undefined;

/** The name of an error code ('WSAECONNRESET'), or undefined where the headers have none. */
export function errorName(code: number): string | undefined {
  names ??= new Map([...CODE_NAMES].reverse());
  return names.get(code);
}

let codes: Map<string, number> | undefined;

/** The number of an error name, or undefined where the headers have no such name. */
export function errorCode(name: string): number | undefined {
  codes ??= new Map(CODE_NAMES.map(([code, known]) => [known, code]));
  return codes.get(name);
}

/** A function of Windows failed. */
export class WinsockError extends Error {
  /** The name of the error, 'WSAECONNRESET', or 'ERROR_n' where the headers have no name for it. */
  readonly code: string;
  /** The number of the error: 10054. */
  readonly errno: number;
  /** The function that failed: 'WSARecv'. */
  readonly syscall: string;

  /**
   * @param errno the code
   * @param syscall the function
   * @param options `about` says what the call was about, such as an address
   */
  constructor(
    errno: number,
    syscall: string,
    options?: ErrorOptions & { about?: string | undefined },
  ) {
    const code = errorName(errno) ?? `ERROR_${errno}`;
    const text = systemMessage(errno);
    const about = options?.about === undefined ? '' : `(${options.about})`;
    super(`${syscall}${about}: ${code} (${errno})${text ? `: ${text}` : ''}`, options);
    this.errno = errno;
    this.code = code;
    this.syscall = syscall;
  }

  override get name(): string {
    return 'WinsockError';
  }
}
