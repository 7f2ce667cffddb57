import { type CodeSpace, isIpStatus, nameOrNumber } from './names.ts';
import { systemMessage } from './system-message.ts';

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
   * @param options `about` says what the call was about, such as an address; `space` whose code it
   *   is, Winsock's where it is left out
   */
  constructor(
    errno: number,
    syscall: string,
    options?: ErrorOptions & { about?: string | undefined; space?: CodeSpace | undefined },
  ) {
    const code = nameOrNumber(errno, options?.space);
    // The system's texts go by the numbers of Windows: that of an IP status would be another's.
    const text = isIpStatus(errno, options?.space) ? undefined : systemMessage(errno);
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
