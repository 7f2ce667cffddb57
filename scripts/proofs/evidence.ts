import type { TestResult } from '../test/tap.ts';

/** What one test file has shown of one function. */
export interface Shown {
  readonly name: string;
  /** The DLL that the function is in: a path of Windows, empty for a function of JavaScript. */
  readonly origin: string;
  readonly succeeded: number;
  /** The codes that it failed with. */
  readonly codes: readonly number[];
}

/** What one test file has shown. */
export interface Evidence {
  /** The file, relative to the project. */
  readonly file: string;
  readonly tests: readonly TestResult[];
  readonly functions: readonly Shown[];
  /** Functions of which a test says that only a stub of Wine answers. */
  readonly stubs: readonly string[];
  /** Functions of TypeScript that C code has called, each with the source of that code. */
  readonly fromC: readonly (readonly [name: string, source: string])[];
}
