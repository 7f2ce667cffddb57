import { ERROR_BROKEN_PIPE, ERROR_HANDLE_EOF } from '../../../defs/winerror.g.ts';
import type { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { startPipeConnect, startRead, startWrite } from '../ops/file.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { lendToReceive, lendToSend } from '../ops/lend.ts';
import { bytesOf } from '../ops/perform.ts';
import { whole } from '../options/kinds.ts';
import { type OptionTable, optionsOf, withOptions } from '../options/options.ts';
import { CompletionPort, completionPortOption, deliveryOf } from '../port/port.ts';
import { OnPort, performOn } from './on-port.ts';

/** Where in the file to read or write. */
export interface FileOptions extends OperationOptions {
  /** Where in the file, in bytes from its beginning. Default 0, which is right for pipes. */
  offset?: number;
}

const READ: OptionTable<FileOptions> = { ...GIVE_UP, offset: whole(0, Number.MAX_SAFE_INTEGER) };
const WRITE: OptionTable<FileOptions> = { ...READ, offset: whole(-1, Number.MAX_SAFE_INTEGER) };

/**
 * A file, named pipe or other handle that was opened with FILE_FLAG_OVERLAPPED. Its operations are
 * promises, as those of `OverlappedSocket` are, and the memory of a call belongs to the system until
 * its promise settles.
 */
export class OverlappedHandle extends OnPort {
  /**
   * Takes over a handle that is on no port yet, and closes it in the end.
   *
   * @param handle of CreateFileW, CreateNamedPipeW and the like
   * @throws WinsockError, also where the port is closed; TypeError for what is no handle and no port
   */
  constructor(handle: number, completionPort: CompletionPort = CompletionPort.default) {
    if (!Number.isSafeInteger(handle)) {
      throw new TypeError(`a handle is a number, got ${describe(handle)}`);
    }
    completionPortOption(completionPort, 'completionPort');
    // With a packet for each operation, those that end with a warning are no different.
    super(
      completionPort,
      deliveryOf(completionPort).associate(handle, false, () => false),
    );
  }

  /**
   * ReadFile. Resolves to how many bytes came; 0 is the end of the file, or of what the other end
   * of a pipe has written. Where a message of a pipe is longer than the memory, the promise rejects
   * with ERROR_MORE_DATA: the memory is full, and the next read gives what follows.
   *
   * @throws by rejection: WinsockError, also WSA_INVALID_HANDLE where it is closed and WSAETIMEDOUT after
   *   `timeout` milliseconds; TypeError and RangeError for what is no memory, for 4 GiB or more, and for
   *   options that are none; the signal's reason
   */
  read(into: ArrayBufferView, options?: FileOptions): Promise<number> {
    return withOptions(options, 'read', READ, ({ offset = 0, ...giveUp }) =>
      lendToReceive([into], (lent) =>
        performOn(
          this,
          (operation) => {
            const { address, length } = lent.pieces[0]!;
            return startRead(operation, this.association, address, length, offset, lent.kept);
          },
          ({ bytes }) => {
            lent.received(bytes);
            return bytes;
          },
          'ReadFile',
          giveUp,
        ),
      ),
    ).catch((error: WinsockError) => {
      if (error.errno === ERROR_HANDLE_EOF || error.errno === ERROR_BROKEN_PIPE) return 0;
      throw error;
    });
  }

  /**
   * WriteFile. Resolves to how many bytes went. An offset of -1 appends to the file.
   *
   * @throws by rejection: WinsockError, also WSA_INVALID_HANDLE where it is closed and WSAETIMEDOUT after
   *   `timeout` milliseconds; TypeError and RangeError for what is no memory, for 4 GiB or more, and for
   *   options that are none; the signal's reason
   */
  write(from: ArrayBufferView, options?: FileOptions): Promise<number> {
    return withOptions(options, 'write', WRITE, ({ offset = 0, ...giveUp }) =>
      lendToSend([from], (lent) =>
        performOn(
          this,
          (operation) => {
            const { address, length } = lent.pieces[0]!;
            return startWrite(operation, this.association, address, length, offset, lent.kept);
          },
          bytesOf,
          'WriteFile',
          giveUp,
        ),
      ),
    );
  }

  /**
   * ConnectNamedPipe: resolves when a client has opened the pipe that this handle serves.
   *
   * @throws by rejection: WinsockError, also WSA_INVALID_HANDLE where it is closed and WSAETIMEDOUT after
   *   `timeout` milliseconds; TypeError and RangeError for options that are none; the signal's reason
   */
  async connect(options?: OperationOptions): Promise<void> {
    await performOn(
      this,
      (operation) => startPipeConnect(operation, this.association),
      bytesOf,
      'ConnectNamedPipe',
      optionsOf(options, 'connect', GIVE_UP),
    );
  }
}
