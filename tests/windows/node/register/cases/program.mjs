// A program that knows nothing of this package. It prints what it found, as JSON.
import { fork, spawnSync } from 'node:child_process';
import dgram, { createSocket } from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import net, { createServer } from 'node:net';
import { text } from 'node:stream/consumers';

if (process.send) {
  process.send('a child process says this');
  process.disconnect();
} else {
  const found = {};
  const web = http.createServer((request, response) => {
    found.server = request.socket instanceof net.Socket && !request.socket._handle;
    response.end(request.socket.remoteAddress);
  });
  await once(web.listen(0, '127.0.0.1'), 'listening');
  const request = http.get({ port: web.address().port, host: '127.0.0.1' });
  const [response] = await once(request, 'response');
  found.client = request.socket instanceof net.Socket && !request.socket._handle;
  found.constructor = request.socket.constructor === net.Socket;
  found.answer = await text(response);
  web.close();

  const receiver = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const message = once(receiver, 'message');
  dgram.createSocket('udp4').unref().send('a datagram', receiver.address().port, '127.0.0.1');
  found.datagram = String((await message)[0]);
  receiver.close();

  const pipe = createServer((socket) => socket.end('through a named pipe'));
  await once(pipe.listen(`\\\\.\\pipe\\winsock-register-${process.pid}`), 'listening');
  found.pipe = await text(net.connect(pipe.address()));
  pipe.close();

  const echo = 'process.stdin.pipe(process.stdout)';
  found.stdio = String(
    spawnSync(process.execPath, ['-e', echo], { input: 'through stdio' }).stdout,
  );
  const child = fork(process.argv[1]);
  found.child = (await once(child, 'message'))[0];
  found.terminal = process.stdout instanceof net.Socket;
  console.log(JSON.stringify(found));
}
