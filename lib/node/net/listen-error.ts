import { type NodeSystemError, toNodeError } from '../../io.ts';
import { utilOfNode } from '../first-use.ts';

/** What the run time says of an error's number. */
function textOf(errno: number): string | undefined {
  return utilOfNode().getSystemErrorMap?.().get(errno)?.[1];
}

/** A failure to bind or listen as node:net tells it, with the address and port. */
export function listenError(error: Error, address: string, port: number): Error {
  const { code, errno } = toNodeError(error) as NodeSystemError;
  const text = textOf(errno);
  const where = port ? `${address}:${port}` : address;
  const message = `listen ${code}${text ? `: ${text}` : ''} ${where}`;
  const told = new Error(message, { cause: error });
  return Object.assign(told, { code, errno, syscall: 'listen', address, ...(port && { port }) });
}
