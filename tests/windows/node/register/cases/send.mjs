// A program that sends its sockets to a child process. It prints what it is told, as JSON.
import { fork } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

const CHILD = 'child';

if (process.argv[2] === CHILD) {
  const told = refusalOf(() => process.send('never', new net.Socket()));
  process.on('message', (message) => {
    process.send({ message, told });
    process.disconnect();
  });
} else {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect(server.address().port, '127.0.0.1');
  await once(socket, 'connect');
  const child = fork(process.argv[1], [CHILD]);
  const found = {};
  for (const [name, one] of Object.entries({
    server,
    socket,
    datagrams: dgram.createSocket('udp4'),
  })) {
    found[name] = refusalOf(() => child.send('never', one));
  }
  found.sent = child.send('alone', () => undefined);
  found.child = (await once(child, 'message'))[0];
  socket.destroy();
  server.close();
  console.log(JSON.stringify(found));
}

function refusalOf(send) {
  try {
    return send();
  } catch (error) {
    return [error.name, error.code];
  }
}
