/** A program that waits for a while, and then for one message. */
import { CompletionPort, OverlappedSocket } from 'winsock/io';

const completionPort = new CompletionPort();
const LOOPBACK = { address: '127.0.0.1', port: 0 };
const server = OverlappedSocket.create({ completionPort }).bind(LOOPBACK).listen();
const client = OverlappedSocket.create({ completionPort });
const [accepted] = await Promise.all([
  server.accept(),
  client.connect(server.localAddress as { address: string; port: number }),
]);
const into = Buffer.alloc(8);
const receiving = accepted.receive(into);
setTimeout(() => void client.send(Buffer.from('later')), 300);
console.log(into.toString('latin1', 0, await receiving));
await completionPort.close();
