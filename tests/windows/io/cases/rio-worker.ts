/** What a worker may register for Registered I/O. */
import { parentPort } from 'node:worker_threads';
import * as w from 'winsock';
import { CompletionPort, RegisteredIo } from 'winsock/io';
import { ioctlOf } from '../../support/native.ts';

const port = new CompletionPort();
const table = w.rioTable(1, ioctlOf('rio', 'RioIoctl'));
const rio = new RegisteredIo({ completionPort: port, table });
const seen: string[] = [];
try {
  rio.register(new Uint8Array(64));
} catch (error) {
  seen.push(String(error));
}
seen.push(`${rio.register(100).bytes.length} bytes`);
parentPort!.postMessage(seen);
