/** What a connection of a compared server does, whatever model it is on: its first byte says. */
import { Role } from '../latency/parameters.ts';

/** Roles beside those of a test of latency. */
export const ServerRole = {
  ...Role,
  /** Answers with the processor time that the process has used, in microseconds, as 8 bytes. */
  CLOCK: 0x63,
  /** The server ends when this connection does. */
  LIFELINE: 0x6c,
} as const;

/** Bytes that are received at once. */
export const RECEIVED_AT_ONCE = 1 << 16;

/** The processor time of this process in microseconds: what CLOCK answers. */
export function clockAnswer(): Buffer {
  const { user, system } = process.cpuUsage();
  const answer = Buffer.from(new ArrayBuffer(8));
  answer.writeDoubleLE(user + system);
  return answer;
}

/** The part of a connection that no model has of its own. */
export class Answers {
  readonly #endProcess: () => void;
  #role: number | undefined;

  constructor(endProcess: () => void = () => process.exit(0)) {
    this.#endProcess = endProcess;
  }

  /** What to send back for what has come. */
  answer(bytes: Buffer): Buffer | undefined {
    let rest = bytes;
    if (this.#role === undefined) {
      this.#role = bytes[0];
      rest = bytes.subarray(1);
      if (this.#role === ServerRole.CLOCK) return clockAnswer();
      // From here on the server ends with it.
      if (this.#role === ServerRole.LIFELINE) return bytes.subarray(0, 1);
    }
    return this.#role === ServerRole.ECHO && rest.length > 0 ? rest : undefined;
  }

  /** The connection is over. */
  ended(): void {
    if (this.#role === ServerRole.LIFELINE) this.#endProcess();
  }
}
