/** What the forms of `connect` and `listen` have in common. */

/** Options, and the last argument where it is a function. */
export type Normalized<Options> = [options: Options, listener: (() => void) | undefined];

/** Marks an array as one that has options and a listener. */
const NORMALIZED = Symbol('normalized');

/** As node:net hands arguments to itself, which those who look into `connect` know. */
export function marked<Options>(normalized: Normalized<Options>): Normalized<Options> {
  return Object.assign(normalized, { [NORMALIZED]: true });
}

/** A number that is not negative, also as text. */
export function numberOf(value: unknown): number | undefined {
  // An object is no number, though one can be made of it.
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const number = Number(value);
  return number >= 0 ? number : undefined;
}

/**
 * The arguments as options and a listener: `(options)`, `(port, host)` or `(path)`, each with a listener at the
 * end.
 */
export function normalize<Options extends object>(args: readonly unknown[]): Normalized<Options> {
  const [first, second] = args;
  // Node's own mark is another symbol.
  if (Array.isArray(first) && Object.getOwnPropertySymbols(first).length > 0) {
    return [first[0] as Options, (first[1] as () => void) ?? undefined];
  }
  const last = args.at(-1);
  const listener = typeof last === 'function' ? (last as () => void) : undefined;
  if (args.length === 0) return [{} as Options, undefined];
  if (typeof first === 'object' && first !== null) return [first as Options, listener];
  if (typeof first === 'string' && numberOf(first) === undefined) {
    return [{ path: first } as Options, listener];
  }
  const place = typeof second === 'string' ? { port: first, host: second } : { port: first };
  return [place as Options, listener];
}
