// Counts the calls that the tests make, and where the functions came from.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hookEnvironment, onWindows } from '../host/launch/script.ts';
import { cacheDir, projectDir, toWindowsPath, toWindowsUrl } from '../host/system/paths.ts';
import type { FileResult } from '../test/tap.ts';
import type { Evidence, Shown } from './evidence.ts';
import { GROUPS, OF_ALL_GROUPS, testName } from './groups.ts';
import { remember, remembered } from './remembered.ts';

/** What a thread has left: by lib/ffi/trace/trace.ts, by origins.mjs, or by a test. */
interface Note {
  readonly calls?: Record<string, { succeeded: number; failed: Record<string, number> }>;
  readonly origins?: Record<string, string>;
  readonly stubs?: readonly string[];
  readonly fromC?: readonly (readonly [name: string, source: string])[];
}

const preload = path.join(projectDir, 'scripts/proofs/origins.mjs');

export class Recording {
  readonly #dir = path.join(cacheDir(), 'calls', String(process.pid));
  readonly #evidence: Evidence[] = [];

  /**
   * Whether the calls of a test file are counted: of those that are about a group. Examples and the
   * like call much in passing, and change for reasons of their own.
   */
  wants(file: string): boolean {
    const patterns = [OF_ALL_GROUPS, ...GROUPS.map(({ tests }) => tests)];
    return patterns.some((pattern) => pattern.test(testName(nameOf(file))));
  }

  /** The environment for a test file that runs on Windows. */
  environment(file: string): Record<string, string> {
    if (!this.wants(file)) return {};
    const url = onWindows ? pathToFileURL(preload).href : toWindowsUrl(preload);
    const folder = this.#folderOf(file);
    mkdirSync(folder, { recursive: true });
    const { NODE_OPTIONS } = hookEnvironment();
    return {
      NODE_OPTIONS: `${NODE_OPTIONS} --import=${url}`,
      WINSOCK_CALLS: onWindows ? folder : toWindowsPath(folder),
    };
  }

  /** Takes what a test file has left. */
  add(file: string, result: FileResult): void {
    if (!this.wants(file)) return;
    const folder = this.#folderOf(file);
    const notes = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Note,
    );
    const evidence: Evidence = {
      file: nameOf(file),
      tests: result.tests,
      functions: merge(notes),
      stubs: notes.flatMap(({ stubs = [] }) => stubs),
      fromC: notes.flatMap(({ fromC = [] }) => fromC),
    };
    this.#evidence.push(evidence);
    if (result.failures.length === 0) remember(evidence);
  }

  /** Takes what a test file has left when it last ran; false where it has changed since. */
  recall(file: string): boolean {
    const evidence = remembered(nameOf(file));
    if (evidence) this.#evidence.push(evidence);
    return evidence !== undefined;
  }

  /** All of it, in the order of the files' names. */
  finish(): Evidence[] {
    rmSync(this.#dir, { recursive: true, force: true });
    return this.#evidence.sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  #folderOf(file: string): string {
    return path.join(this.#dir, testName(nameOf(file)).replaceAll('/', '-'));
  }
}

function nameOf(file: string): string {
  return path.relative(projectDir, file).split(path.sep).join('/');
}

/** Function types are named after what they point to: LPWSPBIND, LPFN_ACCEPTEX. */
function originOf(name: string, origins: ReadonlyMap<string, string>): string {
  const upper = name.toUpperCase();
  const found = [`LPFN_${upper}`, `LP${upper}`, name].find((key) => origins.has(key));
  return found ? (origins.get(found) ?? '') : '';
}

function merge(notes: readonly Note[]): Shown[] {
  const origins = new Map(notes.flatMap(({ origins = {} }) => Object.entries(origins)));
  const shown = new Map<string, { succeeded: number; codes: Set<number> }>();
  for (const { calls = {} } of notes) {
    for (const [name, { succeeded, failed }] of Object.entries(calls)) {
      const one = shown.get(name) ?? { succeeded: 0, codes: new Set<number>() };
      shown.set(name, one);
      one.succeeded += succeeded;
      for (const code of Object.keys(failed)) one.codes.add(Number(code));
    }
  }
  return [...shown].map(([name, { succeeded, codes }]) => ({
    name,
    origin: originOf(name, origins),
    succeeded,
    codes: [...codes],
  }));
}
