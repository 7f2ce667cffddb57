/**
 * What a trace costs: calls that send and receive datagrams of 64 bytes, with each kind of output and without
 * any, as time for each call and size for each call.
 *
 *   npm start -- bench/trace.ts [--calls N] [--json]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as w from 'winsock';

const at = process.argv.indexOf('--calls');
const calls = at < 0 ? 100_000 : Number(process.argv[at + 1]);

/** Makes the calls, and prints how many microseconds each took. */
function measured(): void {
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  const sin_addr = { s_addr: w.htonl(w.INADDR_LOOPBACK) };
  const name = new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr });
  w.bind.orThrow(s, name, w.sizeof(name));
  w.getsockname.orThrow(s, name, w.ref(w.int, w.sizeof(name)));
  w.connect.orThrow(s, name, w.sizeof(name));
  const message = Buffer.alloc(64, 'x');
  const buffer = Buffer.alloc(64);
  const exchange = (count: number) => {
    for (let round = 0; round < count; round++) {
      w.send.orThrow(s, message, 64, 0);
      w.recv.orThrow(s, buffer, 64, 0);
    }
  };
  exchange(1000);
  const started = performance.now();
  exchange(calls / 2);
  console.log(((performance.now() - started) * 1000) / calls);
}

/** The settings, by what they are called, and the file that each writes. */
const KINDS: readonly (readonly [name: string, setting: string, file?: string])[] = [
  ['no trace', ''],
  ['of other functions', 'gethostname'],
  ['summary=only', 'summary=only'],
  ['lines', 'calls.log', 'calls.log'],
  ['lines, place', 'calls.log,place', 'calls.log'],
  ['lines of JSON', 'calls.jsonl', 'calls.jsonl'],
  ['capture', 'calls.pcapng', 'calls.pcapng'],
  ['capture, payload=0', 'calls.pcapng,payload=0', 'calls.pcapng'],
  ['timeline', 'calls.json', 'calls.json'],
];

interface Row {
  readonly name: string;
  readonly microseconds: number;
  readonly ratio: number;
  readonly bytes: number;
}

function compare(): Row[] {
  const rows: Row[] = [];
  for (const [name, setting, file] of KINDS) {
    const dir = mkdtempSync(path.join(tmpdir(), 'winsock-bench-'));
    const { WINSOCK_TRACE: _, ...env } = process.env;
    const argv = [fileURLToPath(import.meta.url), '--measured', '--calls', String(calls)];
    const { stdout, stderr } = spawnSync(process.execPath, argv, {
      cwd: dir,
      encoding: 'utf8',
      env: setting === '' ? env : { ...env, WINSOCK_TRACE: setting },
    });
    const microseconds = Number.parseFloat(stdout);
    if (Number.isNaN(microseconds)) throw new Error(`${name}: ${stderr}`);
    const written = file && path.join(dir, file);
    const size = written && existsSync(written) ? statSync(written).size : 0;
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    const ratio = microseconds / (rows[0]?.microseconds ?? microseconds);
    rows.push({ name, microseconds, ratio, bytes: size / calls });
  }
  return rows;
}

if (process.argv.includes('--measured')) measured();
else {
  const rows = compare();
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows, null, 2));
  else {
    console.log(`${calls} calls       µs/call   ratio   bytes/call`);
    for (const { name, microseconds, ratio, bytes } of rows) {
      const cells = [
        microseconds.toFixed(1).padStart(9),
        ratio.toFixed(2).padStart(7),
        bytes.toFixed(0).padStart(12),
      ];
      console.log(`${name.padEnd(20)}${cells.join(' ')}`);
    }
  }
}
