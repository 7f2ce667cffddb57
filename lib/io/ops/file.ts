import { ERROR_PIPE_CONNECTED } from '../../../defs/winerror.g.ts';
import { ConnectNamedPipe, ReadFile, WriteFile } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import { COMPLETED, type Operation } from '../port/operation.ts';
import { BYTES, checkLength } from '../port/operation-layout.ts';
import { putOffset } from './transmit.ts';

function start(
  call: typeof ReadFile | typeof WriteFile,
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  offset: number,
  kept: unknown,
): number {
  putOffset(operation.words, offset);
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    call(on.handle, address, checkLength(length), record + BYTES, record) === 0,
  );
}

/**
 * Starts ReadFile on a file or pipe.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length in bytes
 * @param offset where in the file, in bytes from its beginning; 0 for pipes
 * @param kept what must stay alive until the packet has come
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the handle closed; RangeError for 4 GiB or
 *   more
 */
export function startRead(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  offset: number,
  kept: unknown,
): number {
  operation.prepare(on, 'read');
  return start(ReadFile, operation, on, address, length, offset, kept);
}

/**
 * Starts WriteFile on a file or pipe.
 *
 * @param address native memory, or memory whose owner is in `kept`
 * @param length in bytes
 * @param offset where in the file, in bytes from its beginning; 0 for pipes, -1 appends to the file
 * @param kept what must stay alive and unchanged until the packet has come
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the handle closed; RangeError for 4 GiB or
 *   more
 */
export function startWrite(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  offset: number,
  kept: unknown,
): number {
  operation.prepare(on, 'write');
  return start(WriteFile, operation, on, address, length, offset, kept);
}

/**
 * Starts ConnectNamedPipe: waits until a client has opened the pipe.
 *
 * @returns COMPLETED, PENDING or an error code
 * @throws WinsockError where the operation is under way or released, or the handle closed
 */
export function startPipeConnect(operation: Operation, on: Association): number {
  operation.prepare(on, 'connectPipe');
  const code = operation.judgeStart(ConnectNamedPipe(on.handle, operation.address) === 0);
  // The client was faster: that is an error by name, sends no packet, and is what was wanted.
  if (code !== ERROR_PIPE_CONNECTED) return code;
  operation.code = 0;
  return COMPLETED;
}
