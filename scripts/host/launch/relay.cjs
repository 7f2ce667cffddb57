// Runs inside Wine, on Node for Windows, and starts the program proper with Windows pipes as its
// standard input, output and error: libuv cannot open the Unix pipes that Wine hands to the first
// process (EBADF when process.stdout is touched). So the program sees what it would on Windows.
//
//   node.exe relay.cjs PROGRAM [ARGUMENT…]     with WINSOCK_RELAY={port, token, nodeOptions}
//
// Output is written to the Unix pipes synchronously. Input comes through a loopback connection, since a
// blocking read of a Unix pipe could not be given up when the program ends. A second connection carries
// requests: a line "interrupt" from the host, a line "exit CODE" to it; when it closes the host is gone.

const { spawn } = require('node:child_process');
const { writeSync } = require('node:fs');
const { connect } = require('node:net');
const { Writable } = require('node:stream');

for (const [name, fd] of [
  ['stdout', 1],
  ['stderr', 2],
]) {
  const stream = new Writable({
    write(data, _encoding, done) {
      writeAll(fd, data);
      done();
    },
  });
  Object.defineProperty(process, name, { get: () => stream });
}

const { port, token, nodeOptions } = JSON.parse(process.env.WINSOCK_RELAY);
delete process.env.WINSOCK_RELAY;
if (nodeOptions) process.env.NODE_OPTIONS = nodeOptions;
const [program, ...args] = process.argv.slice(2);

// A console without a window, by which Ctrl-C reaches the program.
const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
child.on('error', (error) => {
  writeAll(2, `winsock: ${program} could not be started: ${error.message}\n`);
  finish(127);
});

for (const [stream, fd] of [
  [child.stdout, 1],
  [child.stderr, 2],
]) {
  stream.on('data', (data) => {
    if (!writeAll(fd, data)) stream.destroy();
  });
  stream.on('error', () => {});
}

const input = join('input');
input.on('data', (data) => {
  if (!child.stdin.write(data)) input.pause();
});
child.stdin.on('drain', () => input.resume());
child.stdin.on('error', () => input.destroy());
input.on('end', () => child.stdin.end());

const control = join('control');
control.setEncoding('utf8');
control.on('data', (text) => {
  if (text.includes('interrupt')) interrupt();
});
let lost = '';
control.on('error', (error) => {
  lost = `: ${error.message}`;
});
control.on('close', () => {
  // Nobody reads this where the host has ended; otherwise it is the only sign of what happened.
  writeAll(2, `winsock: the connection to the host is gone${lost}\n`);
  // Windows ends the program's children with it (libuv's job object).
  child.kill();
  process.exit(1);
});

child.on('exit', (code) => {
  // A grandchild may hold the pipes open longer; then what is in them by now has to do.
  const timer = setTimeout(() => finish(code ?? 1), 500);
  child.on('close', () => {
    clearTimeout(timer);
    finish(code ?? 1);
  });
});

function join(purpose) {
  const socket = connect(port, '127.0.0.1', () => socket.write(`${token} ${purpose}\n`));
  socket.on('error', () => {});
  return socket;
}

function finish(code) {
  control.removeAllListeners('close');
  control.end(`exit ${code >>> 0}\n`, () => process.exit(code & 255 || (code ? 1 : 0)));
}

/** False when nobody reads any more. */
function writeAll(fd, data) {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return true;
}

/** Raises Ctrl-C in the program's console. */
function interrupt() {
  try {
    const kernel = require('koffi').load('kernel32.dll');
    const call = (name, ...parameters) => kernel.func('__stdcall', name, 'int', parameters);
    call('FreeConsole')();
    if (!call('AttachConsole', 'uint32_t')(child.pid)) throw new Error('no console');
    call('SetConsoleCtrlHandler', 'void *', 'int')(null, 1);
    call('GenerateConsoleCtrlEvent', 'uint32_t', 'uint32_t')(0, 0);
  } catch {
    child.kill();
  }
}
