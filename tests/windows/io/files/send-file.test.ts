/** Files over connections: ranges, head and tail, more than 2 GiB, given up, by either way. */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { CompletionPort, type SendFileOptions, type TcpSocket, toDuplex } from 'winsock/io';
import {
  CloseHandle,
  CreateFileW,
  FILE_SHARE_READ,
  GENERIC_READ,
  OPEN_EXISTING,
} from 'winsock/kernel';
import { connected, everything, hashOf, noise } from '../support.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'winsock-files-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const CONTENTS = noise(3_000_000);
const FILE = path.join(folder, 'contents.bin');
writeFileSync(FILE, CONTENTS);

/** Two ends, the second of which sends; everything is given back with the test. */
async function ends(
  t: Test,
): Promise<[reader: TcpSocket, sender: TcpSocket, port: CompletionPort]> {
  const port = new CompletionPort();
  const [reader, sender] = await connected(t, port);
  t.teardown(async () => {
    reader.destroy();
    sender.destroy();
    await Promise.all([reader.closed, sender.closed]);
    await port.close();
  });
  return [reader, sender, port];
}

/** A HANDLE of the file, of a kind that overlapped calls cannot use. */
function openHandle(t: Test): number {
  const handle = CreateFileW.orThrow(
    FILE,
    GENERIC_READ >>> 0,
    FILE_SHARE_READ,
    null,
    OPEN_EXISTING,
    0,
    0,
  );
  t.teardown(() => CloseHandle(handle));
  return handle;
}

for (const by of ['transmit', 'read', undefined] as const) {
  for (const given of ['a path', 'a HANDLE']) {
    t.test(
      `${given} sent by ${by ?? 'whichever is best'}: each part is in its place among what is written`,
      async (t) => {
        const [reader, sender, port] = await ends(t);
        const file = given === 'a path' ? FILE : openHandle(t);
        const whole = everything(reader);
        sender.write('before, ');
        const sent = sender.sendFile(file, {
          by,
          offset: 1,
          length: 2_999_990,
          head: '<',
          tail: Buffer.from('>'),
        });
        sender.write(', between, ');
        const second = sender.sendFile(file, { by, length: 3 });
        const none = sender.sendFile(file, {
          by,
          offset: CONTENTS.length,
          head: 'only head',
          tail: 'and tail',
        });
        const all = sender.sendFile(file, { by });
        sender.write('after');
        const ended = sender.end();
        const right = [
          Buffer.from('before, <'),
          CONTENTS.subarray(1, 2_999_991),
          Buffer.from('>, between, '),
          CONTENTS.subarray(0, 3),
          Buffer.from('only headand tail'),
          CONTENTS,
          Buffer.from('after'),
        ];
        t.equal(hashOf(await whole), hashOf(...right));
        await ended;
        t.same(await Promise.all([sent, second, none, all]), [2_999_992, 3, 17, CONTENTS.length]);
        t.equal(sender.bytesWritten, Buffer.concat(right).length);
        await Promise.all([reader.closed, sender.closed]);
        t.equal(port.stats().buffers.free, port.stats().buffers.bytes, 'the memory is back');
      },
    );
  }
}

t.test('many files at once: those beyond the first two are read and sent', async (t) => {
  const pairs = await Promise.all(Array.from({ length: 6 }, () => ends(t)));
  const hashes = pairs.map(async ([reader]) => hashOf(await everything(reader)));
  await Promise.all(
    pairs.map(async ([, sender]) => {
      await sender.sendFile(FILE);
      await sender.end();
    }),
  );
  t.same(new Set(await Promise.all(hashes)), new Set([hashOf(CONTENTS)]));
});

t.test('a file of more than 2 GiB goes whole, whichever way', async (t) => {
  const SIZE = 2 ** 31 + 1_000_003;
  const name = path.join(folder, 'long.bin');
  const marks = [0, 2 ** 30 - 2, 2 ** 31 - 2, 2 ** 31 + 1, SIZE - 4];
  const file = openSync(name, 'w');
  ftruncateSync(file, SIZE);
  for (const at of marks) writeSync(file, Buffer.from('mark'), 0, 4, at);
  closeSync(file);
  const [reader, sender] = await ends(t);
  let at = 0;
  const found: number[] = [];
  let tail = '';
  // Only what is not zero is looked at: the file has holes.
  reader.borrow((bytes) => {
    for (let next = bytes.indexOf('m'); next >= 0; next = bytes.indexOf('m', next + 1))
      found.push(at + next);
    at += bytes.length;
    tail = (tail + bytes.subarray(-4).toString('latin1')).slice(-4);
  });
  t.equal(await sender.sendFile(name), SIZE);
  // The other way from close before the border on.
  const from = 2 ** 31 - 100;
  t.equal(await sender.sendFile(name, { by: 'read', offset: from }), SIZE - from);
  await sender.end();
  await reader.closed;
  t.equal(at, SIZE + SIZE - from);
  t.equal(tail, 'mark');
  t.same(found, [
    ...marks,
    ...marks.filter((mark) => mark >= from).map((mark) => SIZE + mark - from),
  ]);
});

t.test('given up before its turn, a file is not sent and the connection goes on', async (t) => {
  const [reader, sender] = await ends(t);
  const abort = new AbortController();
  const reason = new Error('enough');
  sender.cork();
  sender.write('before');
  const given = sender.sendFile(FILE, { signal: abort.signal });
  sender.write(', after');
  abort.abort(reason);
  await t.rejects(given, reason);
  await t.rejects(sender.sendFile(FILE, { signal: abort.signal }), reason);
  sender.uncork();
  await sender.end();
  t.equal(String(await everything(reader)), 'before, after');
});

t.test('a file that cannot be opened once more leaves the connection as it was', async (t) => {
  const [reader, sender] = await ends(t);
  const name = path.join(folder, 'exclusive.bin');
  writeFileSync(name, 'contents');
  const handle = CreateFileW.orThrow(name, GENERIC_READ >>> 0, 0, null, OPEN_EXISTING, 0, 0);
  t.teardown(() => CloseHandle(handle));
  await t.rejects(sender.sendFile(handle, { by: 'read' }), {
    code: 'ERROR_SHARING_VIOLATION',
    syscall: 'ReOpenFile',
  });
  t.notOk(sender.destroyed);
  await sender.end('goes on');
  t.equal(String(await everything(reader)), 'goes on');
});

for (const by of ['transmit', 'read'] as const) {
  t.test(`given up while it is sent by ${by}, a file takes the connection with it`, async (t) => {
    const [reader, sender] = await ends(t);
    reader.pause();
    const name = path.join(folder, `${by}.bin`);
    writeFileSync(name, '');
    truncateSync(name, 1 << 28);
    await t.rejects(sender.sendFile(name, { by, timeout: 300 }), { code: 'WSAETIMEDOUT' });
    await sender.closed;
    t.ok(sender.destroyed);
    t.match(sender.error, { code: 'WSAETIMEDOUT' });
  });

  t.test(
    `a socket that is destroyed while a file is sent by ${by} rejects it, and gives all back`,
    async (t) => {
      const [reader, sender, port] = await ends(t);
      reader.pause();
      const name = path.join(folder, `${by}-destroyed.bin`);
      writeFileSync(name, '');
      truncateSync(name, 1 << 28);
      const sent = sender.sendFile(name, { by });
      const waits = sender.sendFile(FILE, { by });
      setTimeout(() => sender.destroy(), 200);
      await t.rejects(sent, { code: 'WSA_OPERATION_ABORTED' });
      await t.rejects(waits, { code: 'WSA_OPERATION_ABORTED' });
      reader.destroy();
      await Promise.all([reader.closed, sender.closed]);
      t.equal(port.stats().buffers.free, port.stats().buffers.bytes);
    },
  );
}

interface Refusal {
  readonly what: string;
  readonly file?: string | number;
  readonly options?: object;
  readonly error: ErrorConstructor | { readonly code: string };
}

const REFUSALS: readonly Refusal[] = [
  {
    what: 'a file that is not there',
    file: path.join(folder, 'none'),
    error: { code: 'ERROR_FILE_NOT_FOUND' },
  },
  { what: 'a folder', file: folder, error: { code: 'ERROR_ACCESS_DENIED' } },
  { what: 'a HANDLE that is none', file: 0x123454, error: { code: 'WSA_INVALID_HANDLE' } },
  { what: 'no text and no HANDLE', file: {} as string, error: TypeError },
  { what: 'an empty path', file: '', error: TypeError },
  { what: 'a path with a NUL', file: 'a\0b', error: TypeError },
  { what: 'an offset behind the end', options: { offset: 3_000_001 }, error: RangeError },
  { what: 'a negative offset', options: { offset: -1 }, error: RangeError },
  { what: 'a length beyond the end', options: { offset: 1, length: 3_000_000 }, error: RangeError },
  { what: 'a length that is no number', options: { length: '3' }, error: RangeError },
  { what: 'a head that is no data', options: { head: 5 }, error: TypeError },
  { what: 'another way', options: { by: 'magic' }, error: TypeError },
  { what: 'an unknown option', options: { start: 5 }, error: TypeError },
  { what: 'a signal that is none', options: { signal: {} }, error: TypeError },
  { what: 'a negative timeout', options: { timeout: -1 }, error: RangeError },
];

t.test('bad input is refused before anything is sent', async (t) => {
  const [reader, sender, port] = await ends(t);
  for (const { what, file = FILE, options, error } of REFUSALS) {
    await t.rejects(sender.sendFile(file, options as SendFileOptions), error, what);
  }
  await sender.end('still open');
  t.equal(String(await everything(reader)), 'still open');
  await t.rejects(sender.sendFile(FILE), { code: 'WSAESHUTDOWN' }, 'where our half is ended');
  await Promise.all([reader.closed, sender.closed]);
  t.equal(port.stats().buffers.free, port.stats().buffers.bytes);
});

t.test('a stream of Node sends a file in its place among what is written to it', async (t) => {
  const [reader, sender] = await ends(t);
  const stream = toDuplex(sender);
  const whole = everything(reader);
  stream.write('before, ');
  const sent = stream.sendFile(FILE, { head: '<', tail: '>' });
  stream.write(', between, ');
  const refused = stream.sendFile(path.join(folder, 'none'));
  const second = stream.sendFile(FILE, { by: 'read', offset: 5, length: 7 });
  stream.end('after');
  await t.rejects(refused, { code: 'ERROR_FILE_NOT_FOUND' });
  const right = [
    Buffer.from('before, <'),
    CONTENTS,
    Buffer.from('>, between, '),
    CONTENTS.subarray(5, 12),
    Buffer.from('after'),
  ];
  t.equal(hashOf(await whole), hashOf(...right));
  t.same(await Promise.all([sent, second]), [CONTENTS.length + 2, 7]);
  t.equal(stream.bytesWritten, Buffer.concat(right).length);
});
