// Captures of WINSOCK_TRACE before tshark and tcpdump: what they make of them is compared with what was sent.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { toWindowsPath } from '../../scripts/host/system/paths.ts';
import { tcpdump, tshark } from '../../scripts/host/wine/servers.ts';
import { found, needsTshark, start } from './ecosystem-support.ts';

t.setTimeout(600_000);

const RUNTIMES = ['node24', 'bun'] as const;

/** Everything is checked that tshark can check. */
const STRICT = ['ip', 'tcp', 'udp'].flatMap((one) => ['-o', `${one}.check_checksum:TRUE`]);

/** Severities from here on are warnings and errors. */
const WARNING = 0x600000;

interface Captured {
  readonly file: string;
  readonly steps: Record<string, unknown>;
}

/** Runs an exchange with a capture. */
async function capture(
  t: Test,
  exchange: string,
  runtime: string,
  options = '',
): Promise<Captured> {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-capture-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'capture.pcapng');
  const setting = [toWindowsPath(file), options].filter(Boolean).join(',');
  const program = start(t, 'tests/host/cases/traced.ts', [exchange], runtime, {
    WINSOCK_TRACE: setting,
  });
  t.equal(await program.ended(), 0, program.output);
  return { file, steps: found(program) };
}

async function fieldsOf(
  file: string,
  filter: string,
  ...fields: readonly string[]
): Promise<string[][]> {
  const { code, stdout, stderr } = await tshark(
    file,
    ...STRICT,
    ...['-Y', filter, '-T', 'fields'],
    ...fields.flatMap((field) => ['-e', field]),
  );
  if (code !== 0) throw new Error(stderr);
  const lines = stdout.split('\n');
  lines.pop();
  return lines.map((line) => line.split('\t'));
}

/** No reader finds anything wrong. */
async function isClean(t: Test, file: string): Promise<void> {
  const wrong =
    `_ws.malformed || _ws.expert.severity >= ${WARNING} || tcp.analysis.flags || ` +
    'ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0';
  t.same(await fieldsOf(file, wrong, 'frame.number', '_ws.expert.message'), [], 'nothing is wrong');
  const { code, stdout, stderr } = await tcpdump(file, '-n', '-vv');
  t.equal(code, 0, stderr);
  t.notMatch(stdout, /bad cksum|bad hdr|bad-len|incorrect|truncated/, 'nor to tcpdump');
}

/** The bytes of each direction of a stream of TCP, as tshark follows it, in base64. */
async function follow(file: string, stream: number): Promise<[string, string]> {
  const { stdout } = await tshark(file, '-q', '-z', `follow,tcp,raw,${stream}`);
  const lines = stdout.split('\n').filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const bytes = (isBack: boolean) =>
    Buffer.concat(
      lines
        .filter((line) => line.startsWith('\t') === isBack)
        .map((line) => Buffer.from(line.trim(), 'hex')),
    ).toString('base64');
  return [bytes(false), bytes(true)];
}

/** The flags of TCP's packets, in their order. */
async function flags(file: string, stream: number): Promise<string[]> {
  const rows = await fieldsOf(file, `tcp.stream == ${stream}`, 'tcp.flags.str', 'tcp.len');
  return rows.map(([text = '', length]) => {
    const letters = text.replace(/[^A-Z]/g, '');
    return length === '0' ? letters : `${letters} ${length}`;
  });
}

for (const runtime of RUNTIMES) {
  t.test(`an exchange of HTTP over winsock/io, ${runtime}`, needsTshark(), async (t) => {
    const { file, steps } = await capture(t, 'http', runtime);
    t.same(steps.response, { status: 200, text: 'Hello from the completion port\n' });
    await isClean(t, file);
    const [[method, uri, body] = []] = await fieldsOf(
      file,
      'http.request',
      'http.request.method',
      'http.request.full_uri',
      'http.file_data',
    );
    t.equal(method, 'POST');
    t.match(uri, /\/hello\?x=1$/);
    t.match(body, /^(a body|6120626f6479)$/);
    const [[code, text] = []] = await fieldsOf(
      file,
      'http.response',
      'http.response.code',
      'http.file_data',
    );
    t.equal(code, '200');
    const hello = Buffer.from('Hello from the completion port\n').toString('hex');
    t.match(text, new RegExp(`^(Hello from the completion port.*|${hello})$`));
    const comments = (await fieldsOf(file, 'frame.comment', 'frame.comment')).flat().join('\n');
    t.match(comments, /(Accept|Connect)Ex\(\d+\) completed with 0 bytes/, 'the handshake');
    t.match(comments, /WSASend\(\d+\) = 0/);
    t.match(comments, / at .*traced\.ts:\d+:\d+/, 'and where in the program');
  });

  for (const exchange of ['mirror', 'echo', 'echo6']) {
    t.test(`streams of ${exchange}, byte for byte, ${runtime}`, needsTshark(), async (t) => {
      const { file, steps } = await capture(t, exchange, runtime);
      await isClean(t, file);
      t.same(await follow(file, 0), [steps.there, steps.back]);
      const seen = await flags(file, 0);
      t.same(seen.slice(0, 3), ['S', 'AS', 'A'], 'the handshake');
      t.equal(seen.filter((one) => one.startsWith('AF')).length, 2, 'both ends say that they end');
      if (exchange === 'mirror')
        t.equal(seen.filter((one) => / \d/.test(one)).length, 2, 'no copy');
    });
  }

  t.test(`a connection that is reset, ${runtime}`, needsTshark(), async (t) => {
    const { file, steps } = await capture(t, 'reset', runtime);
    t.same([steps.code, steps.refused], ['WSAECONNRESET', 'WSAECONNREFUSED']);
    const first = await flags(file, 0);
    t.same(first, ['S', 'AS', 'A', 'AP 22', 'AR']);
    t.same(await flags(file, 1), ['S', 'AR'], 'nobody listens');
    const other = `_ws.expert.severity >= ${WARNING} && !tcp.flags.reset`;
    t.same(await fieldsOf(file, other, 'frame.number'), [], 'nothing else is remarkable');
  });

  t.test(`a question and an answer of DNS, ${runtime}`, needsTshark(), async (t) => {
    const { file, steps } = await capture(t, 'udp', runtime);
    await isClean(t, file);
    const [port = 0, from = 0] = steps.ports as number[];
    const rows = await fieldsOf(file, 'udp', 'udp.srcport', 'udp.dstport', 'udp.payload');
    const payloads = (steps.datagrams as string[]).map((text) =>
      Buffer.from(text, 'base64').toString('hex'),
    );
    t.same(rows, [
      [String(from), String(port), payloads[0]],
      [String(port), String(from), payloads[1]],
    ]);
    const { stdout } = await tshark(file, '-d', `udp.port==${port},dns`);
    t.match(stdout, /DNS \d+ Standard query 0x1234 A example\.test/);
    t.match(stdout, /Standard query response 0x1234 A example\.test A 192\.0\.2\.1/);
  });

  t.test(`datagrams of both families, ${runtime}`, needsTshark(), async (t) => {
    const { file, steps } = await capture(t, 'datagrams', runtime);
    await isClean(t, file);
    const rows = await fieldsOf(file, 'udp', 'udp.length', 'udp.payload');
    const wanted = (steps.datagrams as string[]).map((text) => Buffer.from(text, 'base64'));
    t.same(
      rows,
      wanted.map((bytes) => [String(8 + bytes.length), bytes.toString('hex')]),
    );
  });

  t.test(`threads write into one file, ${runtime}`, needsTshark(), async (t) => {
    const { file, steps } = await capture(t, 'threads', runtime);
    await isClean(t, file);
    for (let stream = 0; stream < (steps.threads as number); stream++) {
      const text = Array.from({ length: 50 }, (_, round) => `round ${round}\n`).join('');
      const whole = Buffer.from(text).toString('base64');
      t.same(await follow(file, stream), [whole, whole]);
    }
  });

  t.test(`a capture without data has its lengths, ${runtime}`, needsTshark(), async (t) => {
    const { file } = await capture(t, 'mirror', runtime, 'payload=4');
    await isClean(t, file);
    const rows = await fieldsOf(file, 'tcp.len > 0', 'tcp.len', 'frame.cap_len', 'frame.len');
    const length = Buffer.from('what an echo client sends\n').length;
    t.same(rows, [
      [String(length), '44', String(40 + length)],
      [String(length), '44', String(40 + length)],
    ]);
    t.notOk(readFileSync(file).includes('what an'), 'and nothing more of the data');
  });
}
