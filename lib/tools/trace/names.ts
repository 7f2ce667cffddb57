/** The names that WINSOCK_TRACE may choose functions by. */
import { readFileSync } from 'node:fs';
import { similarText } from '../../ffi/errors/similar.ts';

interface Named {
  readonly name: string;
  readonly kind: string;
}

/** The functions of the headers and the types of pointers to functions; none where the package's data is not there. */
function read(): Named[] {
  try {
    const text = readFileSync(new URL('./api.json', import.meta.url), 'utf8');
    return Object.values(JSON.parse(text) as Record<string, unknown>)
      .filter((items): items is Named[] => Array.isArray(items))
      .flat();
  } catch {
    return [];
  }
}

/** What people write to say that they want all of it. */
const ALL = /^(true|yes|on|all|debug|verbose)$/i;

/**
 * What is wrong with names that are to choose functions. None of it is an error by itself: a program may have
 * declared functions of its own under them.
 */
export function unknownNames(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const all = read();
  const functions = all.filter(({ kind }) => kind === 'function').map(({ name }) => name);
  const pointers = all.filter(({ kind }) => kind === 'callback').map(({ name }) => name);
  // Extension functions are known by the types of the pointers that they are reached by.
  const isKnown = (name: string) =>
    functions.includes(name) || pointers.includes(`LPFN_${name.toUpperCase()}`);
  if (functions.length === 0) return [];
  return names
    .filter((name) => !isKnown(name))
    .map((name) =>
      ALL.test(name)
        ? `there is no function ${name}. WINSOCK_TRACE=1 traces all.`
        : `there is no function ${name}.${similarText(name, functions)}`,
    );
}
