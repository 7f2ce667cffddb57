// Reads what one test file prints: the Test Anything Protocol, with subtests.

import { inspect } from 'node:util';
import { Parser, type Result } from 'tap-parser';

export interface Failure {
  /** The names of the subtests down to the assertion. */
  name: string;
  /** Where, and what was found instead of what. */
  details: string;
}

export interface TestResult {
  name: string;
  ok: boolean;
  /** Whether all of it was skipped. */
  skipped: boolean;
  /** Why it, or a part of it, was skipped. */
  reasons: string[];
}

export interface FileResult {
  passed: number;
  failures: Failure[];
  skipped: string[];
  /** The tests of the file itself, without their subtests. */
  tests: TestResult[];
  /** Lines on standard output that are no test results. */
  extra: string;
}

/** A parser of one file's output; `end()` gives the result. */
export function readTap(): { write(data: Buffer): void; end(): Promise<FileResult> } {
  const result: FileResult = { passed: 0, failures: [], skipped: [], tests: [], extra: '' };
  let closed: (value: FileResult) => void;
  const done = new Promise<FileResult>((resolve) => {
    closed = resolve;
  });
  const root = new Parser((final) => {
    if (final.bailout) {
      result.failures.push({ name: `bailed out: ${final.bailout}`, details: '' });
    } else if (!final.ok && result.failures.length === 0) {
      const error = final.failures.find((failure) => failure.tapError);
      const reason = error?.tapError ?? 'no plan';
      result.failures.push({ name: `not all tests ran (${reason})`, details: '' });
    }
    closed(result);
  });
  follow(root, [], result);
  return {
    write: (data) => void root.write(data),
    end() {
      root.end();
      return done;
    },
  };
}

function follow(parser: Parser, path: readonly string[], result: FileResult): void {
  // How many failures there were when the subtest before a closing test point began.
  let failuresBefore = result.failures.length;
  const root = path.length === 0;
  parser.on('child', (child: Parser) => {
    failuresBefore = result.failures.length;
    if (root) result.tests.push(started(child.name));
    follow(child, [...path, child.name], result);
  });
  parser.on('extra', (text: string) => {
    result.extra += text;
  });
  parser.on('assert', (point: Result) => {
    const name = [...path, point.name].join(' › ');
    // A test that is skipped as a whole has no subtest.
    if (root && !point.closingTestPoint && point.skip) result.tests.push(started(point.name));
    const test = result.tests.at(-1);
    if (test && !point.ok) test.ok = false;
    if (test && root && point.skip) test.skipped = true;
    if (point.skip || point.todo) {
      const reason = [point.skip, point.todo].find((value) => typeof value === 'string');
      result.skipped.push(reason ? `${name}: ${reason}` : name);
      if (reason) test?.reasons.push(reason);
    } else if (point.closingTestPoint) {
      // A subtest's own assertions have been counted; but it may fail as a whole, by a time limit.
      const counted = result.failures.length > failuresBefore;
      if (!point.ok && !counted) result.failures.push({ name, details: describe(point.diag) });
    } else if (point.ok) {
      result.passed += 1;
    } else {
      result.failures.push({ name, details: describe(point.diag) });
    }
  });
}

function started(name: string): TestResult {
  return { name, ok: true, skipped: false, reasons: [] };
}

/** The diagnosis of a failed assertion, for people. */
export function describe(diag: unknown): string {
  if (typeof diag !== 'object' || diag === null) return '';
  const lines: string[] = [];
  const { diff, at, stack, source, ...rest } = diag as Record<string, unknown>;
  if (typeof diff === 'string') lines.push(diff.trimEnd());
  for (const [key, value] of Object.entries(rest)) {
    if (diff !== undefined && /^(compare|found|wanted)$/.test(key)) continue;
    lines.push(`${key}: ${typeof value === 'string' ? value : inspect(value, { depth: 4 })}`);
  }
  if (typeof at === 'object' && at !== null) {
    const { fileName, lineNumber, columnNumber } = at as Record<string, unknown>;
    lines.push(`at ${fileName}:${lineNumber}:${columnNumber}`);
  }
  if (typeof source === 'string') lines.push(source.trimEnd());
  if (typeof stack === 'string') lines.push(stack.trimEnd());
  return lines.join('\n');
}
