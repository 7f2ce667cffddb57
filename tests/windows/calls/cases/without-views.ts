// What a program does where the run time forbids buffers over memory of the system's: lists of the system's, text,
// freeing, and winsock/io with everything that it keeps in native memory.

import {
  AF_INET,
  addrinfo,
  cast,
  freeaddrinfo,
  getaddrinfo,
  inet_ntoa,
  MAKEWORD,
  ptr,
  ref,
  sockaddr_in,
  WSADATA,
  WSAStartup,
} from 'winsock';
import { connect, createServer, UdpSocket } from 'winsock/io';
import { adaptersAddresses, tcpTable } from 'winsock/iphlpapi';

WSAStartup.orThrow(MAKEWORD(2, 2), new WSADATA());

const list = ref(ptr(addrinfo));
getaddrinfo.orThrow('127.0.0.1', '80', new addrinfo({ ai_family: AF_INET }), list);
const found = [];
for (let p = list.value; p !== null; p = p.ai_next) {
  found.push(inet_ntoa(cast(sockaddr_in, p.ai_addr!).sin_addr));
}
// Of the list itself, and not of a copy: that would break the heap.
freeaddrinfo(list.value);

const server = createServer((peer) => {
  peer.on('data', (bytes) => setTimeout(() => peer.write(bytes), 50));
}).listen({ host: '127.0.0.1', port: 0 });
const tables = [adaptersAddresses().length > 0, [...tcpTable(AF_INET)].length > 0];
const client = await connect({ host: '127.0.0.1', port: server.port });
const sent = Buffer.alloc(300_000, 'abc');
await client.send(sent);
let received = 0;
while (received < sent.length) received += (await client.read())?.length ?? sent.length;
await client.close();
await server.close();

const udp = new UdpSocket().bind({ host: '127.0.0.1', port: 0 });
await udp.send('a datagram', udp.localAddress);
const datagram = await udp.receive();
await udp.close();
console.log(found.join(), ...tables, received, String(datagram?.data));
