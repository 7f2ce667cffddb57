// docs/proofs.md: what the tests have shown of each function, and by what.

import { errorName } from '../../lib/ffi/errors/names.ts';
import type { Evidence, Shown } from './evidence.ts';
import type { Facts, FunctionFact, GroupFacts } from './facts.ts';
import { testName } from './groups.ts';

/** The call has begun; its result comes later, and the tests have waited for it. */
const PENDING = [996, 997];

export type Kind =
  | 'system'
  | 'own'
  | 'standIn'
  | 'stub'
  | 'failed'
  | 'uncalled'
  | 'impossible'
  | 'unknown';

export interface Verdict {
  readonly kind: Kind;
  /** What answered, or why nothing did. */
  readonly text: string;
  /** The test files that called it. */
  readonly files: readonly string[];
}

/** The calls of one file, and whether a test says that only a stub of Wine answers. */
export type Call = Shown & { readonly file: string; readonly stub: boolean };

/** The source of the DLL that has all functions. */
const STAND_INS = 'tests/native/stand-ins.cpp';

/** The source of a DLL of the tests; undefined for a DLL of the system's. */
export function sourceOf(origin: string): string | undefined {
  const [, name] = /[\\/]test-dlls[\\/][0-9a-f]+[\\/](.+)\.dll$/i.exec(origin) ?? [];
  const source = name && `tests/native/${name}.c`;
  return source && STAND_INS.startsWith(source) ? STAND_INS : source;
}

function isOfSystem(origin: string): boolean {
  return /[\\/]windows[\\/]system32[\\/][^\\/]+\.dll$/i.test(origin);
}

function dllName(origin: string): string {
  return origin.replace(/^.*[\\/]/, '').toLowerCase();
}

const hasSucceeded = ({ succeeded, codes }: Shown) =>
  succeeded > 0 || codes.some((code) => PENDING.includes(code));

const code = (text: string) => `\`${text}\``;

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

/** What the tests have shown of a function; `callers` are C sources that have called it. */
export function verdictOf(
  fact: FunctionFact,
  calls: readonly Call[],
  callers: readonly string[] = [],
): Verdict {
  const files = (some: readonly Call[]) => unique(some.map(({ file }) => file));
  const succeeded = calls.filter(hasSucceeded);
  const bySystem = succeeded.filter(({ origin, stub }) => isOfSystem(origin) && !stub);
  if (bySystem.length > 0) {
    const dlls = unique(bySystem.map(({ origin }) => dllName(origin))).sort();
    return { kind: 'system', text: `Wine’s ${dlls.join(', ')}`, files: files(bySystem) };
  }
  // A DLL of the tests fails on purpose, and has written down what it was given.
  const byTests = calls.filter(
    (call) => sourceOf(call.origin) && (hasSucceeded(call) || call.codes.length > 0),
  );
  const byOwn = byTests.filter(({ origin }) => sourceOf(origin) !== STAND_INS);
  if (byOwn.length > 0 || callers.length > 0) {
    const sources = unique(byOwn.map(({ origin }) => sourceOf(origin)!)).sort();
    const links = sources.map(code);
    const called = [...callers].sort().map((source) => `called by ${code(source)}`);
    return { kind: 'own', text: [...links, ...called].join('; '), files: files(byOwn) };
  }
  const bySystemOnly = answered(fact, calls, files);
  if (byTests.length === 0) return bySystemOnly;
  const because = bySystemOnly.kind === 'uncalled' ? [] : [bySystemOnly.text];
  return {
    kind: 'standIn',
    text: [code(STAND_INS), ...because].join('; '),
    files: files(byTests),
  };
}

/** What the system has answered, where that shows nothing. */
function answered(
  fact: FunctionFact,
  calls: readonly Call[],
  files: (some: readonly Call[]) => string[],
): Verdict {
  const succeeded = calls.filter(hasSucceeded);
  const byStub = succeeded.filter(({ origin, stub }) => isOfSystem(origin) && stub);
  if (byStub.length > 0) {
    const text = `a stub in Wine’s ${dllName(byStub[0]!.origin)}, which does nothing`;
    return { kind: 'stub', text, files: files(byStub) };
  }
  const failed = calls.filter(({ origin, codes }) => isOfSystem(origin) && codes.length > 0);
  if (failed.some(({ stub }) => stub)) {
    // It leaves the last error as it was, whatever that is.
    const text = `a stub in Wine’s ${dllName(failed[0]!.origin)}, which only fails`;
    return { kind: 'failed', text, files: files(failed) };
  }
  if (failed.length > 0) {
    const codes = unique(failed.flatMap((call) => call.codes)).sort((a, b) => a - b);
    const names = codes.map((code) => errorName(code) ?? String(code));
    const text = `Wine’s ${dllName(failed[0]!.origin)}, which only fails: ${names.join(', ')}`;
    return { kind: 'failed', text, files: files(failed) };
  }
  return { ...uncalled(fact), files: [] };
}

function uncalled({ inWine, dll, signature }: FunctionFact): Pick<Verdict, 'kind' | 'text'> {
  if (!signature) return { kind: 'unknown', text: 'neither its signature nor a call' };
  if (inWine === 'absent') return { kind: 'impossible', text: `not in Wine’s ${dll}.dll` };
  if (inWine === 'stub') {
    return { kind: 'impossible', text: `a stub in Wine’s ${dll}.dll that ends the process` };
  }
  if (inWine === 'by pointer') return { kind: 'impossible', text: 'no provider of Wine’s has it' };
  return { kind: 'uncalled', text: 'no test calls it' };
}

/** Reasons that are the computer’s, not Wine’s: the page does not depend on them. */
export function isOfThisComputer(reason: string): boolean {
  return /\bhere\b|\bthis computer\b|\btoolchain\b|\bno network\b/.test(reason);
}

/** The page. */
export function proofsPage(known: Facts, evidence: readonly Evidence[]): string {
  const calls = new Map<string, Call[]>();
  const stubs = new Set(evidence.flatMap((one) => one.stubs));
  const arrived = new Map<string, Set<string>>();
  for (const { file, functions, fromC } of evidence) {
    for (const one of functions) {
      const call = { ...one, file, stub: stubs.has(one.name) };
      calls.set(one.name, [...(calls.get(one.name) ?? []), call]);
    }
    for (const [name, source] of fromC) {
      arrived.set(name, (arrived.get(name) ?? new Set()).add(source));
    }
  }
  const groups = known.groups.map((facts) => ({
    ...facts,
    verdicts: facts.functions.map((one) =>
      verdictOf(one, calls.get(one.exported) ?? [], [...(arrived.get(one.name) ?? [])]),
    ),
  }));
  const sections = groups.map((group) => section(group, evidence));
  return [INTRODUCTION, summary(groups), others(known), ...sections].join('\n\n').concat('\n');
}

const INTRODUCTION = `# What was proved how

<!-- Generated by \`npm run proofs\` from a run of the tests. Do not edit. -->

The package has been run under Wine 10, with the real Windows builds of Node.js and Bun, and not on
Windows itself. This page says for each function what has answered the tests’ calls. It is made from
a run of the tests in which every call was counted, with its result and with the DLL that the
function came from; \`npm test\` makes it again and compares.

- **By Wine**: a test has called it and it succeeded (an overlapped call that goes on has succeeded);
  it came from the DLL of Wine’s that is named.
- **By a DLL of ours**: Wine cannot do it. A C library of the tests, compiled against the same headers,
  stands in its place and checks what arrives, or calls the function, where TypeScript implements it.
- **Arguments and result**: \`tests/native/stand-ins.cpp\` has an export for each function, with the headers'
  own prototype. Each argument has to arrive there, what it writes to memory and what it returns have to
  come back. What the function is for is not shown by that.
- **Only answered**: Wine’s function is a stub that does nothing, or it failed each time. The call is
  shown, the effect is not.
- **By signature only**: no test calls it. The number and kinds of its parameters and its result
  are the compiler’s, on x64 and ia32, and where Wine’s DLL has it, it is found there.`;

const COLUMNS: readonly (readonly [heading: string, kinds: readonly Kind[]])[] = [
  ['By Wine', ['system']],
  ['By a DLL of ours', ['own']],
  ['Arguments and result', ['standIn']],
  ['Only answered', ['stub', 'failed']],
  ['By signature: Wine cannot', ['impossible']],
  ['By signature: not called', ['uncalled']],
  ['Not at all', ['unknown']],
];

type Judged = GroupFacts & { readonly verdicts: readonly Verdict[] };

const row = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;

function anchor(title: string): string {
  return `#${title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')}`;
}

function summary(groups: readonly Judged[]): string {
  const counts = (verdicts: readonly Verdict[]) =>
    COLUMNS.map(([, kinds]) => verdicts.filter(({ kind }) => kinds.includes(kind)).length || '');
  const all = groups.flatMap(({ verdicts }) => verdicts);
  return [
    '## Summary',
    '',
    row(['Functions', 'All', ...COLUMNS.map(([heading]) => heading)]),
    row(['---', ...['All', ...COLUMNS].map(() => '---:')]),
    ...groups
      .filter(({ functions }) => functions.length > 0)
      .map(({ group: { title }, verdicts }) =>
        row([`[${title}](${anchor(title)})`, verdicts.length, ...counts(verdicts)]),
      ),
    row(['**All**', all.length, ...counts(all)]),
  ].join('\n');
}

function others(known: Facts): string {
  const records = known.groups.flatMap((group) => group.records).length;
  return `Beside the functions, against what a C compiler (clang, mingw-w64 headers) says of the same names:

- ${records} structures and unions: size, alignment and the place of each field, on x64, arm64 and ia32
- ${known.constants} constants and ${known.identifiers} GUIDs
- ${known.macros.length} macros and inline functions: values for several arguments each`;
}

function section(
  { group, functions, records, verdicts }: Judged,
  evidence: readonly Evidence[],
): string {
  const own = evidence.filter(({ file }) => group.tests.test(testName(file)));
  const parts = [`## ${group.title}`];
  if (own.length > 0) parts.push(own.map(testList).join('\n\n'));
  if (functions.length > 0) parts.push(functionTable(functions, verdicts, own));
  if (records.length > 0) {
    parts.push(`Structures with the compiler’s layout: ${records.map(code).join(', ')}.`);
  }
  return parts.join('\n\n');
}

function testList({ file, tests }: Evidence): string {
  const lines = tests.map(({ name, skipped, reasons }) => {
    const because = unique(reasons.filter((reason) => !isOfThisComputer(reason))).join('; ');
    if (!because) return `- ${name}`;
    return skipped ? `- *Skipped*: ${name}. ${because}.` : `- ${name} (*not all*: ${because})`;
  });
  return [`What ${code(file)} shows:`, '', ...lines].join('\n');
}

function functionTable(
  functions: readonly FunctionFact[],
  verdicts: readonly Verdict[],
  own: readonly Evidence[],
): string {
  const rows = functions.map(({ name }, index) => {
    const { kind, text, files } = verdicts[index]!;
    return row([code(name), KINDS[kind], text, testsOf(files, own)]);
  });
  return [
    row(['Function', 'Proved', 'By', 'Tests']),
    row(['---', '---', '---', '---']),
    ...rows,
  ].join('\n');
}

const KINDS: Readonly<Record<Kind, string>> = {
  system: 'called',
  own: 'called',
  standIn: 'arguments and result',
  stub: 'only answered',
  failed: 'only answered',
  uncalled: 'signature',
  impossible: 'signature',
  unknown: 'not at all',
};

/** At most two, those of the group first. */
function testsOf(files: readonly string[], own: readonly Evidence[]): string {
  const ofGroup = files.filter((file) => own.some((one) => one.file === file));
  const shown = (ofGroup.length > 0 ? ofGroup : [...files].sort()).slice(0, 2);
  return shown.map(testName).join(', ');
}
