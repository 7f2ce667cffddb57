import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import t from 'tap';
import { fitted, table } from '../../../lib/cli/output.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function winsock(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    env: { ...process.env, WINSOCK_TRACE: '' },
  });
  return { status, stdout, stderr };
}

function json<T>(...args: string[]): T {
  const { status, stdout, stderr } = winsock(...args, '--json');
  t.equal(status, 0, `winsock ${args.join(' ')} ${stderr}`);
  return JSON.parse(stdout) as T;
}

t.test('errors explains codes, names and Node’s names', async (t) => {
  for (const wanted of ['10054', '0x2746', '0x80072746', 'WSAECONNRESET', 'econnreset']) {
    const { status, stdout } = winsock('errors', wanted);
    t.equal(status, 0);
    t.match(stdout, /^10054 +WSAECONNRESET\n +The peer reset the connection/, wanted);
    t.match(stdout, /^hex +0x2746, as HRESULT 0x80072746$/m);
  }
  const pending = json<{ names: string[]; meaning: string }>('errors', '997');
  t.same(pending.names.slice(0, 1), ['WSA_IO_PENDING']);
  t.match(pending.meaning, /no failure/);
});

t.test(
  'a number that is two errors is explained as both, and a status of IP by its name',
  async (t) => {
    const both = winsock('errors', '11010').stdout;
    t.match(both, /^11010 +WSA_QOS_ADMISSION_FAILURE$/m);
    t.match(both, /^11010 +IP_REQ_TIMED_OUT\n +No reply came/m);
    t.match(winsock('errors', 'IP_REQ_TIMED_OUT').stdout, /^11010 +IP_REQ_TIMED_OUT$/m);
    t.notMatch(winsock('errors', 'IP_REQ_TIMED_OUT').stdout, /QOS/);
    const { name, others } = json<{ name: string; others: { name: string }[] }>('errors', '11002');
    t.same(
      [name, ...others.map((other) => other.name)],
      ['WSATRY_AGAIN', 'IP_DEST_NET_UNREACHABLE'],
    );
  },
);

t.test('every code is explained', async (t) => {
  const all = json<{ code: number; name: string; meaning?: string }[]>('errors');
  t.ok(all.length > 200, `${all.length} codes`);
  t.same(
    all.filter(({ meaning }) => !meaning).map(({ name }) => name),
    [],
  );
});

t.test('errors lists the names that have a text in them', async (t) => {
  const found = json<{ code: number; name: string }[]>('errors', 'refused');
  t.same(
    found.filter(({ code }) => code > 10000 && code < 11000).map(({ name }) => name),
    ['WSAECONNREFUSED', 'WSAEREFUSED'],
  );
});

t.test('struct shows the layouts that differ', async (t) => {
  const { stdout } = winsock('struct', 'WSADATA');
  t.match(stdout, /^struct +WSADATA$/m);
  t.match(stdout, /^x64, arm64: 408 bytes, aligned to 8$/m);
  t.match(stdout, /^ia32: 400 bytes, aligned to 4$/m);
  t.match(stdout, /^ +16 +257 +char\[257\] +szDescription +What the implementation is called\.$/m);
  t.match(stdout, /^use +import \{ WSADATA \} from 'winsock';$/m);

  interface Data {
    name: string;
    entry: string;
    layouts: Record<string, { size: number; fields: { name: string; offset: number }[] }>;
  }
  const buffer = json<Data>('struct', 'lpwsabuf');
  t.equal(buffer.name, 'WSABUF');
  t.same(
    ['x64', 'arm64', 'ia32'].map((arch) => buffer.layouts[arch]?.size),
    [16, 16, 8],
  );
  const adapter = json<Data>('struct', 'struct IP_ADAPTER_INFO');
  t.equal(adapter.entry, 'winsock/iphlpapi');
  t.match(winsock('struct', 'in_addr').stdout, /^also +s_addr = S_un\.S_addr$/m);
  t.match(winsock('struct', 'NET_LUID').stdout, /^ +0 +bit 0–23 +\w+ : 24 +Info\.Reserved$/m);
});

t.test('fn tells what a function is and how it fails', async (t) => {
  const { stdout } = winsock('fn', 'WSARecv');
  t.match(stdout, /^C +int WSARecv\(\n +SOCKET s,\n/m);
  t.match(
    stdout,
    /^fails +returns SOCKET_ERROR \(-1\); WSAGetLastError\(\) has the code;\n +WSA_IO_PENDING \(997\) means/m,
  );
  t.match(stdout, /^DLL +ws2_32\.dll$/m);
  t.match(stdout, /^TypeScript +\(\n +s: SOCKET,\n +lpBuffers: StructArg<WSABUF>,$/m);
  t.match(stdout, /^see +https:\/\/learn\.microsoft\.com\/.*nf-winsock2-wsarecv$/m);
  t.match(stdout, /^ +lpOverlapped: [\s\S]*? May be NULL\. Used until the operation is over\.$/m);
  t.match(stdout, /^ +lpBuffers: The buffers\. `dwBufferCount` elements are read\.$/m);
  t.match(stdout, /^ +dwBufferCount: How many buffers there are\.$/m);
  t.match(
    stdout.replace(/\s+/g, ' '),
    /lpNumberOfBytesRecvd: Gets the number of bytes received, where that is at once\. May be NULL\. lpFlags/,
  );
  t.match(
    winsock('fn', 'AcceptEx').stdout,
    /^ +dwReceiveDataLength: How many bytes of the buffer are for data/m,
  );
  t.match(
    winsock('fn', 'inet_ntop').stdout,
    /^ *parameters +Family: The address family: .*\n +pAddr: .* As many bytes as `Family` takes are read\.$/m,
  );

  interface Data {
    name: string;
    entry: string;
    fails: string;
    returns?: string;
    errors?: string[];
    signature?: string;
  }
  const recv = json<Data>('fn', 'recv');
  t.match(recv.returns, /^the number of bytes received; 0 when/);
  t.ok(recv.errors?.includes('WSAECONNRESET'));
  t.match(
    winsock('fn', 'recv').stdout,
    /^returns +the number of bytes .*[\s\S]*^errors +WSAECONN/m,
  );
  t.notMatch(winsock('fn', 'FreeMibTable').stdout, /^(returns|errors)/m);
  t.match(json<Data>('fn', 'getaddrinfoex'), {
    name: 'GetAddrInfoExW',
    fails: /^returns the error code; 0 is success;\nWSA_IO_PENDING \(997\) means/,
  });
  t.match(json<Data>('fn', 'WSCEnumProtocols'), {
    entry: 'winsock/spi',
    fails: 'returns SOCKET_ERROR (-1); lpErrno gets the code',
  });
  t.match(json<Data>('fn', 'if_indextoname').signature, /^PCHAR if_indextoname\(|^char \*if_index/);
  t.match(winsock('fn', 'MAKEWORD').stdout, /^DLL +none: it is TypeScript$/m);
  t.match(
    winsock('fn', 'ConnectEx').stdout,
    /^C +BOOL ConnectEx\([\s\S]*^DLL +the provider’s own/m,
  );
  t.match(
    winsock('fn', 'ConnectEx').stdout,
    /^fails +returns FALSE \(0\); WSAGetLastError\(\) has the code;\n +WSA_IO_PENDING \(997\) means/m,
  );
  t.match(
    winsock('fn', 'RIODequeueCompletion').stdout,
    /^fails +returns RIO_CORRUPT_CQ \(0xffffffff\);/m,
  );
  t.match(winsock('fn', 'WSARecvMsg').stdout, /^fails +returns SOCKET_ERROR \(-1\);/m);
  t.match(
    winsock('fn', 'createServer').stdout,
    /^use +import \{ createServer \} from 'winsock\/io';$/m,
  );
  t.match(winsock('fn', 'ConnectEx').stdout, /^TypeScript +\(\n +s: SOCKET,\n +name: BufferArg,/m);
  t.match(
    winsock('fn', 'htonll').stdout,
    /^inline function +htonll\n +\w[\s\S]*^TypeScript +\(Value: bigint\b.*\): bigint/m,
  );
  t.match(winsock('fn', 'TcpServer').stdout, /^class +TcpServer\n +\w[\s\S]*'winsock\/io';$/m);
  t.match(winsock('fn', 'WPUCloseEvent').stderr, /was left out: an upcall/);
});

t.test('every function and structure can be shown', async (t) => {
  // In one process: all names at once, by the module that the command is.
  const program = `
    import { readFileSync } from 'node:fs';
    const data = JSON.parse(readFileSync(new URL('api.json', ${JSON.stringify(pathToFileURL(cli))})));
    const { main } = await import(${JSON.stringify(pathToFileURL(cli))});
    const shown = { function: 'fn', callback: 'fn', struct: 'struct', union: 'struct' };
    const printed = console.log;
    const failed = [];
    let count = 0;
    for (const { name, kind } of Object.values(data).filter(Array.isArray).flat()) {
      if (!(kind in shown)) continue;
      let text = '';
      console.log = (line) => { text += line; };
      const code = await main([shown[kind], name]);
      count++;
      if (code !== 0 || /undefined|\\[object/.test(text)) failed.push(name);
    }
    console.log = printed;
    console.log(JSON.stringify({ count, failed }));
    process.exitCode = 0;`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, 'help'],
    { encoding: 'utf8' },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  t.match(JSON.parse(last || '{}'), { failed: [] }, stderr.slice(0, 500));
  t.ok((JSON.parse(last || '{}') as { count: number }).count > 1000);
});

t.test('coverage counts what the package has', async (t) => {
  const { headers, total, leftOut } = json<{
    headers: Record<string, string | number>[];
    total: Record<string, number>;
    leftOut: { name: string; reason: string }[];
  }>('coverage');
  t.ok(headers.length > 40);
  t.ok((total.functions ?? 0) > 500);
  t.equal(leftOut.length, total['left out']);
  t.ok(leftOut.every(({ reason }) => reason !== ''));
  t.match(winsock('coverage').stdout, /^winsock2\.h +\d+ +\d+ +\d+/m);
});

t.test('what does not exist has exit code 1 and a hint, what makes no sense 2', async (t) => {
  t.match(winsock('struct', 'SOCKADR_IN'), { status: 1, stderr: /Similar: SOCKADDR_IN, / });
  t.match(winsock('fn', 'WSASocketx'), { status: 1, stderr: /Similar: WSASocket/ });
  t.match(winsock('errors', '4000000000'), { status: 1 });
  t.match(winsock(), { status: 2, stderr: /which command\?/ });
  t.match(winsock('constructor'), { status: 2, stderr: /there is no command constructor/ });
  t.match(winsock('fn'), { status: 2, stderr: /fn wants a name/ });
  t.match(winsock('coverage', 'x'), { status: 2, stderr: /coverage takes no name; x is too much/ });
  t.match(winsock('struct', 'a', 'b'), { status: 2, stderr: /struct takes one name; b is too/ });
  t.match(winsock('errors', '--what'), { status: 2, stderr: /errors has no option --what/ });
  t.notMatch(winsock('errors', '--what').stderr, /winsock struct/, 'its own usage only');
  t.match(winsock('trace'), { status: 2, stderr: /wants a script/ });
  t.match(winsock('trace', '--what', 'x'), { status: 2 });
  t.match(winsock('trace', 'nowhere.js'), { status: 1, stderr: /there is no file nowhere\.js/ });
  t.match(winsock('errors', '--help'), { status: 0, stdout: /^winsock errors \[CODE/ });
  t.same(JSON.parse(winsock('--json', 'errors', '10054').stdout), json('errors', '10054'));
  t.match(winsock('errors', '-1').stderr, /no name for -1\./);
  t.match(winsock('--help'), { status: 0, stdout: /winsock errors/ });
  t.match(winsock('--version'), { status: 0, stdout: /^\d+\.\d+\.\d+\n$/ });
});

t.test('tables break their last column in a terminal', async (t) => {
  const rows = [[7, 'four words of text and four more of it']];
  t.equal(
    table(['code', 'meaning'], rows, 30),
    [
      'code  meaning',
      '────  ────────────────────────',
      '   7  four words of text and',
      '      four more of it',
    ].join('\n'),
  );
  t.equal(table(['code', 'meaning'], rows, undefined).split('\n').length, 3);
});

t.test('catalog says that it needs Windows', { skip: process.platform === 'win32' }, async (t) => {
  t.match(winsock('catalog'), { status: 1, stderr: /needs Windows/ });
});

t.test('trace runs a script with its arguments and gives its exit code', async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-cli-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const script = path.join(dir, 'script.mjs');
  writeFileSync(
    script,
    `console.log(process.env.WINSOCK_TRACE, process.argv.slice(2).join()); process.exit(7);`,
  );
  t.match(winsock('trace', script, '--json', 'x'), { status: 7, stdout: '1 --json,x\n' });
  t.match(winsock('trace', '--only', 'WSA*,socket', '--output=calls', script), {
    status: 7,
    stdout: 'WSA*,socket,./calls \n',
  });
  const all = '--not recv,GetLastError --failures --json --time delta --stack --payload=0';
  t.match(
    winsock('trace', ...all.split(' '), '--summary=only', '--faults', 'send:short=1', script),
    {
      status: 7,
      stdout: '!recv,!GetLastError,failures,json,time=delta,stack,payload=0,summary=only \n',
    },
  );
  t.match(winsock('trace', '--pcapng', 'a.pcapng', '--timeline=b.json', '--lines', script), {
    stdout: 'a.pcapng,b.json,- \n',
  });
  t.match(winsock('trace', '--faults', 'send:short=1', script), { stdout: ' \n' }, 'no trace');
});

t.test('trace refuses what makes no sense before anything runs', async (t) => {
  const refused: readonly (readonly [RegExp, ...string[]])[] = [
    [/--pcapng a\.txt: the ending says another kind of file/, '--pcapng', 'a.txt'],
    [/--output a\.json: the ending/, '--output=a.json'],
    [/there is no option time=now; there are time=absolute\|relative\|delta/, '--time', 'now'],
    [/there is no option payload=-1/, '--payload=-1'],
    [/trace has no --failures\n/, '--failures=1'],
    [/--time is given twice\n/, '--time', 'delta', '--time', 'absolute'],
    [/--faults is given twice\n/, '--faults', 'send=fail', '--faults', 'recv=fail'],
    [/--faults wants a value/, '--faults='],
    [/there is no function sent/, '--faults', 'sent:WSAECONNRESET'],
    [/there is no error WSAERESET; a fault is FUNCTION:WHAT/, '--faults', 'send:WSAERESET'],
    [/"send" is no fault/, '--faults', 'send'],
    [/htons cannot fail/, '--faults', 'htons:WSAECONNRESET'],
    [/send has no OVERLAPPED/, '--faults', 'send:hold'],
    [/bind carries no data/, '--faults', 'bind:short=1'],
    [/a delay is delay=200ms/, '--faults', 'send:delay=200'],
    [/short=BYTES, from 1 on/, '--faults', 'send:short=0'],
    [/@12-10: when is a call/, '--faults', 'send:10054@12-10'],
    [/@101%: when is/, '--faults', 'send:10054@101%'],
    [/seed=x: a seed is a whole number/, '--faults', 'send:10054;seed=x'],
  ];
  for (const [message, ...words] of refused) {
    t.match(
      winsock('trace', ...words, 'script.js'),
      { status: 2, stderr: message },
      words.join(' '),
    );
  }
});

t.test('the help of trace fits a screen', async (t) => {
  const { status, stdout } = winsock('trace', '--help');
  t.equal(status, 0);
  const lines = stdout.trimEnd().split('\n');
  t.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) t.ok(line.length <= 100, line);
  for (const option of ['--pcapng', '--timeline', '--faults', '--summary', '--payload', '--not']) {
    t.match(stdout, new RegExp(`^${option}`, 'm'));
  }
});

t.test('trace takes names that look like something else', async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-cli-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(path.join(dir, '-e.mjs'), 'console.log(process.argv.slice(2).join());');
  const { status, stdout } = spawnSync(process.execPath, [cli, 'trace', '--', '-e.mjs', 'x'], {
    encoding: 'utf8',
    cwd: dir,
  });
  t.same([status, stdout], [0, 'x\n'], 'a script that begins like an option');
  t.match(winsock('trace', '--output', 'a,b', 'script.mjs'), { status: 2, stderr: /no comma/ });
});

t.test('what was typed is said back with nothing that a terminal obeys', async (t) => {
  for (const words of [['\x1b[2Jx'], ['errors', '\x1b[2Jx'], ['trace', '\x1b[2Jx']]) {
    const { stderr } = winsock(...words);
    t.match(stderr, '\\x1b[2Jx');
    t.notOk(stderr.includes('\x1b'), words.join(' '));
  }
});

t.test('help is broken where the terminal ends', async (t) => {
  const text = 'winsock fn NAME    what a name is: a signature, a value and more of that\n\n--json';
  t.equal(
    fitted(text, 50),
    'winsock fn NAME    what a name is: a signature, a\n                   value and more of that\n\n--json',
  );
  t.equal(fitted(text, undefined), text);
  t.ok(
    Math.max(
      ...fitted(text, 46)
        .split('\n')
        .map(({ length }) => length),
    ) <= 46,
  );
});
