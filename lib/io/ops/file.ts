import type { Association } from '../association.ts';
import { ReadFile, WriteFile } from '../hot.ts';
import type { Operation } from '../operation.ts';
import { BYTES } from '../record.ts';
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
  return operation.started(ReadFile(on.handle, address, length, record + BYTES, record) === 0);
}

/** Starts WriteFile on a file or pipe. */
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
  return operation.started(WriteFile(on.handle, address, length, record + BYTES, record) === 0);
}
