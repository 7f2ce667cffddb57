/** The options of one letter that the C samples take: `-p tcp`, `-p:tcp`, `-ptcp` and `/p tcp` are the same. */

export interface Options {
  /** The value of an option, '' for one that takes none; undefined where it was not given. */
  readonly [letter: string]: string | undefined;
}

/**
 * Reads the command line. Asked for help it prints the usage and ends the program with 0; told what it
 * does not understand, with 1.
 *
 * @param usage what to print
 * @param letters the options, as getopt has them: a colon follows one that takes a value
 * @param most how many arguments may follow that are no options
 */
export function getopt(usage: string, letters: string, most = 0): [Options, ...string[]] {
  const options: Record<string, string> = {};
  const operands: string[] = [];
  const args = process.argv.slice(2);
  if (args.some((arg) => /^(--help|[-/][h?])$/.test(arg) && !letters.includes(arg.slice(1)))) {
    console.log(usage);
    process.exit(0);
  }
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const [, letter, inline] = /^[-/](\w):?(.*)$/.exec(arg) ?? [];
    const at = letter === undefined ? -1 : letters.indexOf(letter);
    if (letter === undefined && operands.length < most) operands.push(arg);
    else if (letter === undefined || at < 0) wrong(`${arg} is not understood`, usage);
    else if (letters[at + 1] !== ':') options[letter] = '';
    else options[letter] = inline || (args.shift() ?? wrong(`${arg} needs a value`, usage));
  }
  return [options, ...operands];
}

function wrong(what: string, usage: string): never {
  console.error(`${what}\n\n${usage}`);
  process.exit(1);
}
