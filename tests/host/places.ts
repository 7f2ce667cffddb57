// A program that every place runs, and what says that it works there.

import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Test } from 'tap';
import { ensureConsumer, fileOf, type Runtime, run } from './consumer.ts';

export const consumer = await ensureConsumer();

/** The native part, which no bundle has in it. */
const KOFFI = ['koffi', '@koromix'];
export const MISSING =
  /winsock: koffi, which calls native functions, was not found: copy node_modules\/koffi and node_modules\/@koromix\/koffi-win32-x64 to a node_modules beside the program/;

/** A connection that idles, so that the poller thread has to wake the program, and names of the mirror. */
export const PROGRAM = `
import { htons, sizeof, sockaddr_in } from 'winsock';
import { connect, createServer } from 'winsock/io';

export async function main() {
  const server = createServer((socket) => {
    socket.on('data', (bytes) => setTimeout(() => socket.write(bytes), 300));
  }).listen({ host: '127.0.0.1', port: 0 });
  const client = await connect({ host: '127.0.0.1', port: server.port });
  await client.send('echo');
  console.log(String(await client.read()), htons(80), sizeof(sockaddr_in));
  await client.close();
  await server.close();
}
`;
export const RIGHT = /^echo 20480 16$/m;

export const source = path.join(consumer.dir, 'place.mjs');
if (!consumer.skip) writeFileSync(source, `${PROGRAM}\nmain();\n`);

/** Runs a program, which must print what is right and warn of nothing. */
export async function works(t: Test, program: string, args: readonly string[], cwd: string) {
  const { text, code } = await run(program, args, cwd);
  t.match(text, RIGHT, `${path.basename(program)}: ${text}`);
  t.notMatch(text, /NO_POLLER/, `${path.basename(program)} has its poller thread`);
  t.equal(code, 0);
}

/** A program of a bundle works with koffi beside it, and says what is missing where it is not. */
export async function bundleWorks(
  t: Test,
  runtimes: readonly Runtime[],
  dir: string,
  file: string,
) {
  const { text, code } = await run(runtimes[0]!, [fileOf(dir, file)], dir);
  t.match(text, MISSING);
  t.not(code, 0);
  for (const name of KOFFI) {
    cpSync(path.join(consumer.dir, 'node_modules', name), path.join(dir, 'node_modules', name), {
      recursive: true,
    });
  }
  for (const runtime of runtimes) await works(t, runtime, [fileOf(dir, file)], dir);
}
