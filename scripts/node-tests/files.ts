// The files of Node's tests: which there are, and what each asks for at its beginning.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the replaced modules carry; a part is all files `test-PART-*`. */
export const PARTS = ['net', 'dgram', 'http', 'https', 'http2', 'tls'] as const;
export type Part = (typeof PARTS)[number];

/** A file of Node's tests. */
export interface TestFile {
  readonly name: string;
  readonly part: Part;
  readonly path: string;
  /** Options of node that it wants, of its line `// Flags:`. */
  readonly flags: readonly string[];
  /** Variables of the environment that it wants, of its line `// Env:`. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it looks at what is below the documented modules. */
  readonly internals: boolean;
}

/**
 * What only the built-in modules have below their documented surface: handles of libuv and of its wrappers,
 * symbols of Node's own, hooks and traces of handles.
 */
const INTERNALS =
  /\b_handle\b|--expose[-_]internals|internalBinding|process\.binding|_getActiveHandles|getActiveResourcesInfo|\basync_hooks\b|--trace-event|\b(TCP|UDP|Pipe|TTY)(WRAP|Wrap)\b|\b_events\b|require\('internal\//;

const DIRECTORIES = ['parallel', 'sequential'];

/** The files of the parts, in the order of their names. */
export function testFilesOf(dir: string, parts: readonly Part[]): TestFile[] {
  return DIRECTORIES.flatMap((directory) =>
    readdirSync(path.join(dir, directory))
      .filter((name) => /^test-.*\.m?js$/.test(name))
      .sort()
      .flatMap((name) => {
        const part = parts.find((one) => name.startsWith(`test-${one}-`));
        return part ? [read(path.join(dir, directory, name), part)] : [];
      }),
  );
}

function read(file: string, part: Part): TestFile {
  const text = readFileSync(file, 'utf8');
  // As test/common reads them: near the beginning, a line for each.
  const words = (title: string) => {
    const line = new RegExp(`^// ${title}:[ \\t]+(.*)$`, 'm').exec(text.slice(0, 1500))?.[1] ?? '';
    return line.split(/\s+/).filter(Boolean);
  };
  return {
    name: path.basename(file),
    part,
    path: file,
    flags: words('Flags').filter((word) => word.startsWith('--')),
    env: Object.fromEntries(words('Env').map((word) => word.split('=', 2) as [string, string])),
    internals: INTERNALS.test(text),
  };
}
