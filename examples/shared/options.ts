/** The options that the C samples take: `-p tcp`, `-p:tcp`, `-ptcp` and `/p tcp` are the same. */

export interface Options {
  /** The value of an option, '' for one that has none; undefined where it was not given. */
  readonly [name: string]: string | undefined;
}

let usage = '';

/**
 * Reads the command line. Asked for help it prints the usage and ends the program with 0; told what it
 * does not understand, with 1.
 *
 * @param text the usage, to print
 * @param names the options, as getopt has them: one colon follows an option that takes a value, two one
 *   that may take a value. Names of more than a letter come in a list. The values of an option that
 *   is given several times have commas between them.
 * @param most how many arguments may follow that are no options
 */
export function getopt(
  text: string,
  names: string | readonly string[],
  most = 0,
): [Options, ...string[]] {
  usage = text;
  const list = typeof names === 'string' ? (names.match(/\w:{0,2}/g) ?? []) : names;
  const known = new Map(list.map((name) => [name.replace(/:*$/, ''), name.replace(/^\w+/, '')]));
  const longestFirst = [...known.keys()].sort((a, b) => b.length - a.length);
  const options: Record<string, string> = {};
  const operands: string[] = [];
  const args = process.argv.slice(2);
  if (args.some((arg) => arg === '--help' || (/^[-/][h?]$/.test(arg) && !known.has(arg[1]!)))) {
    console.log(usage);
    process.exit(0);
  }
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const given = /^[-/](.+)$/.exec(arg)?.[1];
    const name = longestFirst.find(
      (one) => given === one || (known.get(one) && given?.startsWith(one)),
    );
    if (given === undefined && operands.length < most) operands.push(arg);
    else if (given === undefined || name === undefined) wrong(`${arg} is not understood`);
    else set(name, given.slice(name.length).replace(/^:/, '') || nextFor(name));
  }
  return [options, ...operands];

  function nextFor(name: string): string {
    const colons = known.get(name)!;
    if (colons === '' || (colons === '::' && /^([-/]|$)/.test(args[0] ?? ''))) return '';
    return args.shift() ?? wrong(`-${name} needs a value`);
  }

  function set(name: string, value: string): void {
    options[name] = options[name] ? `${options[name]},${value}` : value;
  }
}

/** The value of an option as a whole number; ends the program where it is none or out of bounds. */
export function integer(
  option: string,
  value: string | undefined,
  otherwise: number,
  least = 0,
  most = 0x7fffffff,
): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  return wrong(`${option} takes a number from ${least} to ${most}, not ${value}`);
}

/** What the value of an option stands for, by default the first choice. */
export function oneOf<T>(
  option: string,
  value: string | undefined,
  choices: Readonly<Record<string, T>>,
): T {
  const names = Object.keys(choices);
  const name = value?.toLowerCase() ?? names[0]!;
  if (names.includes(name)) return choices[name]!;
  return wrong(`${option} takes ${names.join(' or ')}, not ${value}`);
}

/** Ends the program with what is wrong with its command line, and the usage. */
export function wrong(what: string): never {
  console.error(`${what}\n\n${usage}`);
  process.exit(1);
}
