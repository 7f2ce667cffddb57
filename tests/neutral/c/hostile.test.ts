/** Every function of winsock/c with what programs get wrong: what is refused is refused by the package's own errors. */
import t from 'tap';
import * as c from '../../../lib/c.ts';
import { int, ref } from '../../../lib/index.ts';

type Call = (...args: unknown[]) => unknown;

/** What ends the process, waits for keys, starts programs or threads, changes files, or prints. */
const NOT_CALLED =
  /^(exit|abort|system|_endthreadex|CreateThread|runThread|_getch|_kbhit|getchar|scanf|gets|gets_s|printf|wprintf|puts|_putws|putchar|perror|remove|rename|todo|assert|_open|_close|_read|_write|fopen|fopen_s|fclose|fflush|ch|FILE|Box|tm|FormatMessage)$/;

/** Errors that JavaScript or Node.js made of what was not looked at. */
const OF_THE_ENGINE =
  /Cannot (?:read|convert|mix|create|perform|destructure|set|use)|is not (?:a function|iterable|defined|a constructor|an object)|Invalid (?:array|typed array|string|count|DataView)|detached ArrayBuffer|out of bounds|outside the bounds|toString\(\) radix|call stack|allocation failed|BigInt because|^The (?:"|value of)|Reduce of empty/;

function detached<T extends ArrayBufferView<ArrayBuffer>>(memory: T): T {
  structuredClone(memory.buffer, { transfer: [memory.buffer] });
  return memory;
}

/** A stream that nothing can be read from or written to. */
const noFile = new c.FILE(-1, { position: null, canRead: true });

const WRONG: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => 5,
  () => -1,
  () => 1.5,
  () => Number.NaN,
  // No address either, so that nobody looks what is there.
  () => 2 ** 50,
  () => 2n ** 80n,
  () => true,
  () => Symbol('s'),
  () => ({}),
  () => [],
  () => Object.create(null),
  () => () => 0,
  () => 'text',
  () => '',
  () => new Uint8Array(4),
  () => new Uint16Array([65, 0]),
  () => new DataView(new ArrayBuffer(4)),
  () => detached(new Uint8Array(8)),
  () => detached(new Uint16Array(8)),
  () => detached(new DataView(new ArrayBuffer(8))),
  () => detached(new Uint8Array(8)).buffer,
  () => new c.Box(null),
  () => ref(int, 5),
  () => new c.tm(),
  () => noFile,
];

/** What is right for one function or another. */
const RIGHT: readonly (() => unknown[])[] = [
  () => ['text', 'te', 'text', 2],
  () => [memory(), 'text', 4, 4, 4],
  () => [memory(), 4, 'te%d', 4, 4],
  () => [memory(), memory(), 4, 4, () => 0],
  () => [memory(), 4, 4, () => 0],
  () => [new Uint16Array(8), 2, 'text', 1],
  () => [memory(), 1, 1, noFile],
  () => [noFile, 'te%s%f', 'text', 2],
  () => ['12', new c.Box(null), 10],
  () => [int, memory(), 2],
  () => ['12 text', '%i %s', ref(int), memory()],
  () => [12, memory(), 10],
  () => [memory(), 8, '%H', new c.tm()],
  () => [ref(int, 5), ref(int, 5)],
];
const memory = () => new Uint8Array(8).fill(0x61, 0, 4);

const functions = Object.entries(c as Readonly<Record<string, unknown>>).filter(
  (entry): entry is [string, Call] => typeof entry[1] === 'function' && !NOT_CALLED.test(entry[0]),
);
/** What JavaScript has of mathematics refuses with the errors of JavaScript. */
const isOfMath = (call: Call) =>
  Object.values(Object.getOwnPropertyDescriptors(Math)).some(({ value }) => value === call);

t.test('what the functions of C refuse, they refuse themselves', async (t) => {
  const found = new Map<string, string>();
  let calls = 0;
  for (const [name, call] of functions) {
    if (isOfMath(call)) continue;
    const attempt = (args: readonly unknown[]) => {
      calls++;
      try {
        call(...args);
      } catch (error) {
        const { name: kind, message } = error as Error;
        const isOurs =
          (kind === 'TypeError' || kind === 'RangeError') && !OF_THE_ENGINE.test(message);
        if (!isOurs) found.set(name, `${kind}: ${message}`);
      }
    };
    attempt([]);
    for (const right of RIGHT) {
      const { length } = right();
      attempt(right());
      for (let at = 0; at < length; at++) {
        attempt(right().slice(0, at));
        for (const wrong of WRONG) attempt(right().with(at, wrong()));
      }
    }
  }
  t.ok(calls > 50_000, `${calls} calls`);
  t.same([...found], []);
});

t.test('a refusal says what was wanted and what came', async (t) => {
  const call = c as unknown as Readonly<Record<string, Call>>;
  const refused = (name: string, args: readonly unknown[], message: RegExp) =>
    t.throws(() => call[name]!(...args), { message }, `${name}(${args.length} arguments)`);
  refused('strlen', [5], /^strlen: str is a string, or its characters in .* got 5$/);
  refused('strcpy', [memory(), 5], /text is a string, .* got 5$/);
  refused('strtol', ['12', null, 2n ** 80n], /^strtol: base is a number/);
  refused('strtol', ['12', null, 37], /^strtol: base is 2 to 36, got 37$/);
  refused('_itoa', [5, memory(), 1], /^_itoa: radix is 2 to 36, got 1$/);
  refused('malloc', [2 ** 50], /^malloc: size: there is no memory for/);
  refused('calloc', [2 ** 40, 2 ** 40], /^calloc: size is a whole number/);
  refused('memcpy', [memory(), memory(), 9], /^memcpy: dest: 9 bytes of 8$/);
  refused('memset', [detached(memory()), 0, 0], /the ArrayBuffer is detached$/);
  refused('qsort', [memory(), 2 ** 32, 2, () => 0], /^qsort: base: \d+ bytes of 8$/);
  refused('bsearch', [memory(), memory(), 9, 1, () => 0], /^bsearch: base: 9 bytes of 8$/);
  refused('fgets', [memory(), 9, noFile], /^fgets: str: 9 characters of 8$/);
  refused('fread', [memory(), 3, 3, noFile], /^fread: 9 bytes of memory of 8$/);
  refused('sprintf', [memory(), '%d', {}], /^printf: a number is needed, got Object$/);
  refused('sprintf', [memory(), '%d', Number.NaN], /^printf: a whole number is needed, got NaN$/);
  refused('sprintf', [memory(), '%999999999d', 1], /^printf: a width or a precision is at most/);
  refused('sscanf', ['1', '%d', 'place'], /^scanf: place 1 is memory or a variable, got "place"$/);
  refused(
    'asctime',
    [Object.assign(new c.tm(), { tm_mon: 12 })],
    /there is no day 0 or no month 12$/,
  );
});

t.test('text of any length', async (t) => {
  const long = 300_000;
  const wide = new Uint16Array(long + 1).fill(0x61, 0, long);
  t.equal(c.str(wide).length, long);
  t.equal(c.str(Uint16Array.of(0xd800, 0x62, 0)), '\ud800b');
  const digits = '7'.repeat(long);
  t.equal(c.strtol(digits, null, 10), 2 ** 31 - 1);
  t.equal(c.strtoull(digits, null, 16), 2n ** 64n - 1n);
  t.equal(c.strcspn('a'.repeat(long), 'b'.repeat(long)), long);
  t.equal(c.strstr('a'.repeat(long), `${'a'.repeat(long / 2)}b`), null);
});

t.test('what scanf cannot take is left, and no error', async (t) => {
  const number = ref(int, 1);
  const rest = new Uint8Array(8);
  // An octal number ends where there is no octal digit.
  t.same([c.sscanf('09', '%i%s', number, rest), number.value, c.str(rest)], [2, 0, '9']);
  for (const text of ['0x', '-', '+']) t.equal(c.sscanf(text, '%p', rest), -1, text);
  for (const text of ['.', '-', '-.']) t.equal(c.sscanf(text, '%f', rest), -1, text);
});

t.test('strsafe takes a text that is longer than its room is said to be for none', async (t) => {
  const text = memory();
  t.equal(c.StringCchCat(text, 3, 'x') >>> 0, 0x80070057);
  t.equal(c.str(text), 'aaaa');
  t.throws(() => c.StringCchCopy(new Uint8Array(2), 9, 'text'), RangeError);
});
