/** Examples started as a person starts them, talking to programs of Linux over loopback. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import t from 'tap';
import { projectDir } from '../../scripts/host/system/paths.ts';
import { installed, runInRoot } from '../../scripts/host/wine/root.ts';
import { freePort } from '../windows/support/free-port.ts';

// Each test has its own limit; that of the file would be up to how busy the machine is.
t.setTimeout(300_000);

const onWindows = process.platform === 'win32' && 'Windows has its own tests of the examples';

/** Options of a test that needs a program of this system. */
function lacking(program: string) {
  const has = !onWindows && spawnSync(program, ['--version']).error === undefined;
  return { skip: onWindows || (!has && `no ${program} here`), timeout: 60_000 };
}

function start(file: string, ...args: string[]) {
  const main = path.join(projectDir, 'scripts/main.mjs');
  const env = { ...process.env, INIT_CWD: projectDir };
  const child = spawn(process.execPath, [main, 'start', `examples/${file}`, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = {
    child,
    output: '',
    async says(text: string): Promise<void> {
      while (!run.output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`${file} ended:\n${run.output}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    ended: once(child, 'close').then(([code]) => code as number),
    /** As Ctrl-C does. */
    async stop(): Promise<void> {
      child.kill('SIGINT');
      await run.ended;
    },
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      run.output += text;
    });
  }
  t.teardown(() => endOf(child));
  return run;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  await once(child, 'close');
}

function output(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

t.test(
  'the load client of Python against the completion port server',
  lacking('python3'),
  async (t) => {
    const port = await freePort();
    const server = start('iocp/server.ts', `-e:${port}`);
    await server.says('Listening');
    const script = `
import socket, threading, hashlib, os
def one():
    data = os.urandom(300000)
    with socket.create_connection(('127.0.0.1', ${port})) as s:
        sender = threading.Thread(target=lambda: s.sendall(data))
        sender.start()
        got = b''
        while len(got) < len(data): got += s.recv(65536)
        sender.join()
    results.append(got == data)
results = []
threads = [threading.Thread(target=one) for _ in range(4)]
[x.start() for x in threads]; [x.join() for x in threads]
print(results)`;
    t.equal(await output('python3', '-c', script), '[True, True, True, True]\n');
    await server.stop();
    t.match(server.output, 'iocpserver is exiting...', 'Ctrl-C ends it in order');
  },
);

t.test('bash against the getting-started server', lacking('bash'), async (t) => {
  const port = await freePort();
  const server = start('getting-started/server.ts', String(port));
  // The server says nothing before it has a client.
  const script = `for i in $(seq 200); do exec 3<>/dev/tcp/127.0.0.1/${port} && break; sleep 0.1; done
printf 'hello from bash\\n' >&3; read -r line <&3; echo "$line"; exec 3>&-`;
  const said = await output('bash', '-c', `{ ${script}; } 2>/dev/null`);
  t.equal(said, 'hello from bash\n');
  t.equal(await server.ended, 0, server.output);
  t.match(server.output, /Bytes received: 16\s+Bytes sent: 16\s+Connection closing/);
});

t.test('the select server echoes what curl sends', lacking('curl'), async (t) => {
  const port = await freePort();
  const server = start('simple/server-select.ts', '-e', String(port), '-4');
  await server.says('bound to address');
  const upload = spawn('curl', ['-sN', '--max-time', '30', `telnet://127.0.0.1:${port}`]);
  const echoed = once(upload.stdout, 'data');
  upload.stdin.write('hello from curl\n');
  t.equal(String((await echoed)[0]), 'hello from curl\n');
  upload.kill();
  await server.says('read 16 bytes');
  await server.stop();
});

/** Options of a test that needs socat, which `npm test` sets up where it is not there. */
function needsSocat() {
  const has = !onWindows && installed('servers') !== undefined;
  return { skip: onWindows || (!has && 'socat could not be set up'), timeout: 60_000 };
}

async function socat(args: readonly string[], input?: string) {
  const options = {
    set: 'servers',
    timeout: 30_000,
    ...(input !== undefined && { input }),
  } as const;
  const { code, stdout, stderr } = await runInRoot(['socat', ...args], options);
  if (code !== 0) throw new Error(`socat ${args.join(' ')} failed:\n${stderr}`);
  return stdout;
}

/** Resolves when somebody listens on a TCP port of IPv4. */
async function listening(port: number): Promise<void> {
  const entry = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`);
  while (!entry.test(readFileSync('/proc/net/tcp', 'latin1'))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

t.test('socat against the servers that block', needsSocat(), async (t) => {
  for (const [protocol, kind, said] of [
    ['tcp', 'TCP4', 'wrote 17 bytes'],
    ['udp', 'UDP4', 'sent 17 bytes to host 127.0.0.1'],
  ] as const) {
    const port = await freePort();
    const server = start('simple/server.ts', '-p', protocol, '-e', String(port));
    await server.says(':: and port');
    // It ends a second after the end of its own input, when the echo has long come.
    const echoed = await socat(['-t1', '-', `${kind}:127.0.0.1:${port}`], 'hello from socat\n');
    t.equal(echoed, 'hello from socat\n');
    await server.says(said);
    await server.stop();
  }
});

t.test('the checking client gets all of its bytes back from socat', needsSocat(), async (t) => {
  const port = await freePort();
  const echo = socat([`TCP4-LISTEN:${port},bind=127.0.0.1`, 'PIPE']);
  await listening(port);
  const options = ['-a', '4', '-n', '127.0.0.1', '-e', String(port), '-b', '20000'];
  const client = start('accept/client.ts', ...options);
  t.equal(await client.ended, 0, client.output);
  t.match(client.output, 'Total bytes received = 20000, total bytes sent = 20000');
  await echo;
});

t.test('broadcasts reach Python and come from it', lacking('python3'), async (t) => {
  const port = await freePort();
  const receiver = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', ${port}))
print('ready', flush=True)
print(s.recv(512).decode())`;
  const python = spawn('python3', ['-c', receiver], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => python.kill());
  let received = '';
  python.stdout.setEncoding('utf8').on('data', (text: string) => {
    received += text;
  });
  await once(python.stdout, 'data');
  const to = ['-e', String(port), '-a', '127.255.255.255', '-m', 'to whom it may concern'];
  const client = start('bcast.ts', '-c', ...to);
  t.equal(await client.ended, 0, client.output);
  if (python.exitCode === null) await once(python, 'close');
  t.equal(received, 'ready\nto whom it may concern\n');

  const server = start('bcast.ts', '-s', '-e', String(port));
  await server.says('Waiting for a datagram');
  const sender = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.sendto(b'from Python', ('127.255.255.255', ${port}))`;
  await output('python3', '-c', sender);
  t.equal(await server.ended, 0, server.output);
  t.match(server.output, /A UDP datagram of 11 bytes[\s\S]*Message text -> from Python\s/);
});

t.test('the clients against servers of Node', { skip: onWindows }, async (t) => {
  const tcp = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  const udp = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  udp.on('message', (message, { port, address }) => udp.send(message, port, address));
  t.teardown(() => {
    tcp.close();
    udp.close();
  });
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  const { port } = tcp.address() as net.AddressInfo;

  const started = start('getting-started/client.ts', '127.0.0.1', String(port));
  t.equal(await started.ended, 0, started.output);
  t.match(started.output, /Bytes Sent: 14\s+Bytes received: 14\s+Connection closed/);

  const load = start('iocp/client.ts', '-n:127.0.0.1', `-e:${port}`, '-t:2', '-l:20');
  t.equal(await load.ended, 0, load.output);
  t.match(load.output, '2 threads are done, 0 of them in error');

  const options = ['-s', '127.0.0.1', '-t', 'udp', '-p', String(udp.address().port), '-n', '3'];
  const datagrams = start('ip-agnostic/client.ts', ...options);
  t.equal(await datagrams.ended, 0, datagrams.output);
  t.match(datagrams.output, 'Received 10 bytes from server: [Message #3]');
});

t.test('npm start passes --help on', { skip: onWindows }, async (t) => {
  const help = start('iocp/server.ts', '--help');
  t.equal(await help.ended, 0, help.output);
  t.match(help.output, 'usage: server [-e:PORT]');
});
