/** Sends a file over a connection, with memory before and after it. */
import { describe } from '../../ffi/types/describe.ts';
import { isInternet } from '../families/ip.ts';
import { GIVE_UP, limited, type OperationOptions } from '../ops/give-up.ts';
import { refuseDetached } from '../ops/pieces.ts';
import { checkedLater, oneOf } from '../options/kinds.ts';
import { type OptionTable, withOptions } from '../options/options.ts';
import { bytesOfData, type Data } from '../sockets/data.ts';
import type { FileJob, FileTarget } from './job.ts';
import {
  checkFile,
  closeFile,
  type FileLike,
  openAgain,
  openFile,
  sizeOfFile,
} from './open-file.ts';
import { readAndSend } from './read-and-send.ts';
import { transmit } from './transmit.ts';

/** What of a file is sent, and how. */
export interface SendFileOptions extends OperationOptions {
  /** How many bytes of the file are left out at its beginning. Default 0. */
  offset?: number | undefined;
  /** How many bytes of the file are sent. Default: all that follow. */
  length?: number | undefined;
  /** Sent in front of the file. */
  head?: Data | undefined;
  /** Sent behind the file. */
  tail?: Data | undefined;
  /**
   * 'transmit' has the system send the file by itself (TransmitFile); 'read' reads it and sends what was
   * read. Client editions of Windows carry out two TransmitFile calls at a time, and have all others wait;
   * so by default it is 'transmit' as long as fewer than two are on their way in this thread, and 'read'
   * beyond that and over what is not TCP.
   */
  by?: 'transmit' | 'read' | undefined;
}

/** How many TransmitFile calls client editions of Windows carry out at a time. */
const TRANSMITS_AT_ONCE = 2;
let transmitting = 0;

const OPTIONS: OptionTable<SendFileOptions> = {
  ...GIVE_UP,
  // The file says what it has.
  offset: checkedLater,
  length: checkedLater,
  head: checkedLater,
  tail: checkedLater,
  by: oneOf('transmit', 'read'),
};

/** @throws by rejection: as `TcpSocket.sendFile` does */
export function sendFile(
  target: FileTarget,
  file: FileLike,
  given: SendFileOptions | undefined,
): Promise<number> {
  return withOptions(given, 'sendFile', OPTIONS, async (options) => {
    checkFile(file);
    const { head = NOTHING, tail = NOTHING, by, signal } = options;
    const around = { head: bytesOfData(head), tail: bytesOfData(tail) };
    signal?.throwIfAborted();
    const isOurs = typeof file === 'string';
    const handle = isOurs ? openFile(file) : file;
    try {
      const range = rangeOf(sizeOfFile(handle), options);
      return await limited(options, 'TransmitFile', (until) =>
        whenItsTurnComes(target, until, () => {
          refuseDetached(around.head);
          refuseDetached(around.tail);
          const job = { file: handle, ...range, ...around, signal: until };
          if (mayTransmit(target, by)) return () => counted(() => transmit(target, job));
          return isOurs ? () => readAndSend(target, job) : readAgain(target, job);
        }),
      );
    } finally {
      if (isOurs) closeFile(handle);
    }
  });
}

async function counted(send: () => Promise<number>): Promise<number> {
  transmitting++;
  try {
    return await send();
  } finally {
    transmitting--;
  }
}

/**
 * Opens the file of a HANDLE of the program's once more.
 *
 * @returns sends it, and closes what was opened
 * @throws WinsockError as ReOpenFile fails
 */
function readAgain(target: FileTarget, job: FileJob): () => Promise<number> {
  const file = openAgain(job.file);
  return async () => {
    try {
      return await readAndSend(target, { ...job, file });
    } finally {
      closeFile(file);
    }
  };
}

const NOTHING = new Uint8Array(0);

function mayTransmit({ kind }: FileTarget, by: SendFileOptions['by']): boolean {
  return by ? by === 'transmit' : isInternet(kind.family) && transmitting < TRANSMITS_AT_ONCE;
}

/** @throws RangeError for a part that the file does not have */
function rangeOf(
  size: number,
  { offset = 0, length }: SendFileOptions,
): { offset: number; length: number } {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > size) {
    throw new RangeError(`the file has ${size} bytes; there is no offset ${describe(offset)}`);
  }
  const most = size - offset;
  const wanted = length ?? most;
  if (!Number.isSafeInteger(wanted) || wanted < 0 || wanted > most) {
    throw new RangeError(
      `the file has ${most} bytes from offset ${offset} on, not ${describe(wanted)}`,
    );
  }
  return { offset, length: wanted };
}

/**
 * Sends when the turn has come. What is given up before that is not sent at all. What fails while it is sent takes
 * the connection with it, for nobody knows how much the peer has.
 *
 * @param prepare is called when the turn has come; what it gives sends. Where it throws nothing was sent, and the
 *   connection goes on
 */
function whenItsTurnComes(
  target: FileTarget,
  signal: AbortSignal | undefined,
  prepare: () => () => Promise<number>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let begun = false;
    const onAbort = () => {
      if (!begun) reject(signal!.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    target
      .inTurn(async () => {
        if (signal?.aborted) return 0;
        const send = prepare();
        begun = true;
        try {
          return await send();
        } catch (error) {
          // What sending throws are errors.
          target.failedWith(error as Error);
          throw error;
        }
      })
      .finally(() => signal?.removeEventListener('abort', onAbort))
      .then(resolve, reject);
  });
}
