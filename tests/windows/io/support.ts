import { createHash, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import {
  type CompletionPort,
  connectTo,
  createServer,
  type ExtensionPointers,
  type InternetAddress,
  OverlappedSocket,
  setOption,
  type TcpServerOptions,
  type TcpSocket,
} from 'winsock/io';
import { isWine } from '../support/native.ts';
import { type Ended, runProgram } from '../support/programs.ts';

/** Bytes that no mistake reproduces by chance. */
export function noise(length: number): Buffer {
  return randomBytes(length);
}

export function hashOf(...chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** A port number of the system's choice on this computer. */
export const LOOPBACK = { address: '127.0.0.1', port: 0 };

/** A listening socket on a port of the system's choice. */
export function listener(port: CompletionPort): OverlappedSocket {
  return OverlappedSocket.create({ completionPort: port }).bind(LOOPBACK).listen();
}

/** Two connected sockets. The first may have functions that its provider has not. */
export async function pair(
  port: CompletionPort,
  functions?: ExtensionPointers,
): Promise<[OverlappedSocket, OverlappedSocket]> {
  const server = listener(port);
  const client = OverlappedSocket.create({ completionPort: port, ...(functions && { functions }) });
  const [accepted] = await Promise.all([
    server.accept(),
    client.connect(server.localAddress as { address: string; port: number }),
  ]);
  server.close();
  return [client, accepted];
}

/** Two connected sockets of TCP, whose server and port are closed with the test. */
export async function connected(
  t: Test,
  port: CompletionPort,
  options: TcpServerOptions = {},
): Promise<[client: TcpSocket, accepted: TcpSocket]> {
  const server = closing(
    t,
    createServer({ ...options, completionPort: port }).listen({ host: '127.0.0.1' }),
  );
  const accepted = new Promise<TcpSocket>((resolve) => server.once('connection', resolve));
  const client = await connectTo(server.address as InternetAddress, { completionPort: port });
  return [client, await accepted];
}

/** Everything that was taken from the completion port is back. */
export function nothingLeft(t: Test, port: CompletionPort): void {
  const { pending, records, buffers } = port.stats();
  t.same({ pending, free: records.free }, { pending: 0, free: records.total });
  t.equal(buffers.free, buffers.bytes, 'the memory for receiving is back');
}

/**
 * Has sends wait for the peer. Windows otherwise takes the first two at once, however long they are.
 */
export function unbuffered<T extends { readonly handle: number }>(socket: T): T {
  if (!isWine()) setOption(socket.handle, 'sendBuffer', 0);
  return socket;
}

/** What a connection receives until its end. */
export async function everything(socket: TcpSocket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Sends all of it, however many calls that takes. */
export async function sendAll(socket: OverlappedSocket, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; ) at += await socket.send(data.subarray(at));
}

/** Receives until the stream ends. */
export async function receiveAll(socket: OverlappedSocket, chunk = 65536): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const buffer = Buffer.alloc(chunk);
    const bytes = await socket.receive(buffer);
    if (bytes === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytes));
  }
}

/** Runs a program of its own; it is a module that may import 'winsock' and 'winsock/io'. */
export function run(source: string): Promise<Ended> {
  return ended(process.execPath, ['--input-type=module', '--eval', source]);
}

/** Runs a file of `cases` on a run time. */
export function runCase(executable: string, file: string, ...args: string[]): Promise<Ended> {
  const script = fileURLToPath(new URL(`cases/${file}`, import.meta.url));
  return ended(executable, [script, ...args]);
}

const root = new URL('../../..', import.meta.url);

function ended(executable: string, args: readonly string[]): Promise<Ended> {
  return runProgram(executable, args, { cwd: root });
}

type Closable = Partial<Disposable & AsyncDisposable>;

/** Has something closed when the test is over. (Node 22 does not know `using`.) */
export function closing<T extends Closable | null>(t: Test, resource: T): T {
  t.teardown(async () => {
    await resource?.[Symbol.asyncDispose]?.();
    resource?.[Symbol.dispose]?.();
  });
  return resource;
}
