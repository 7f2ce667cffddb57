/**
 * Lookups on other threads, where the lookup needs a stack of its own size: `deep.ts first|after`, with a
 * program that has used koffi before this package does, or after. Prints how many have found something.
 */

import { createRequire } from 'node:module';
import { parentPort, Worker } from 'node:worker_threads';
import * as w from 'winsock';
import { resolve } from 'winsock/io';

const usesKoffi = () => {
  const koffi = createRequire(import.meta.url)('koffi');
  return koffi.load('kernel32.dll').func('uint32_t GetTickCount()')() > 0;
};

async function lookups(): Promise<number> {
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const found = w.ref(w.ptr(w.addrinfo));
  await w.getaddrinfo.async('localhost', '80', null, found);
  const wide = w.ref(w.ptr(w.ADDRINFOW));
  await w.GetAddrInfoW.async('localhost', '80', null, wide);
  const host = new Uint8Array(256);
  const name = new w.sockaddr_in({ sin_family: w.AF_INET });
  name.sin_addr.S_un.S_addr = w.htonl(w.INADDR_LOOPBACK);
  await w.getnameinfo.async(name, w.sizeof(name), host, host.length, null, 0, 0);
  const addresses = await resolve('localhost');
  return [found.value, wide.value, host[0], addresses.length].filter(Boolean).length;
}

if (process.argv[2] === 'first' && !usesKoffi()) throw new Error('no koffi');
const count = await lookups();
if (!usesKoffi()) throw new Error('no koffi');
if (parentPort) {
  parentPort.postMessage(count);
  // Bun 1.4 crashes at the end of a worker that has given text to a call.
  setInterval(() => undefined, 1000);
} else {
  console.log(`${count} found`);
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) });
  worker.on('message', (found) => {
    console.log(`${found} found in a worker`);
    process.exit();
  });
}
