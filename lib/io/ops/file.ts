import { ERROR_PIPE_CONNECTED } from '../../../defs/winerror.g.ts';
import { ConnectNamedPipe, ReadFile, WriteFile } from '../calls/calls.ts';
import type { Association } from '../port/association.ts';
import { COMPLETED, type Operation } from '../port/operation.ts';
import { BYTES, checkLength } from '../port/operation-layout.ts';
import { putOffset } from './transmit.ts';

/**
 * Starts ReadFile on a file or pipe.
 *
 * @param offset where in the file; 0 for pipes
 * @param kept what owns the memory
 * @returns COMPLETED, PENDING or an error code
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
  putOffset(operation.words, offset);
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    ReadFile(on.handle, address, checkLength(length), record + BYTES, record) === 0,
  );
}

/** Starts WriteFile on a file or pipe. An offset of -1 appends to the file. */
export function startWrite(
  operation: Operation,
  on: Association,
  address: number,
  length: number,
  offset: number,
  kept: unknown,
): number {
  operation.prepare(on, 'write');
  putOffset(operation.words, offset);
  operation.kept = kept;
  const record = operation.address;
  return operation.judgeStart(
    WriteFile(on.handle, address, checkLength(length), record + BYTES, record) === 0,
  );
}

/**
 * Starts ConnectNamedPipe: waits until a client has opened the pipe.
 *
 * @returns COMPLETED, PENDING or an error code
 */
export function startPipeConnect(operation: Operation, on: Association): number {
  operation.prepare(on, 'connectPipe');
  const code = operation.judgeStart(ConnectNamedPipe(on.handle, operation.address) === 0);
  // The client was faster: that is an error by name, sends no packet, and is what was wanted.
  if (code !== ERROR_PIPE_CONNECTED) return code;
  operation.code = 0;
  return COMPLETED;
}
