import { readFileSync } from 'node:fs';
import { visible } from '../ffi/types/describe.ts';
import { catalog } from './commands/catalog.ts';
import { CHECK, check } from './commands/check.ts';
import { coverage } from './commands/coverage.ts';
import { errors } from './commands/errors.ts';
import { find } from './commands/find.ts';
import { fn } from './commands/function.ts';
import { PERF, perf } from './commands/perf.ts';
import { structure } from './commands/structure.ts';
import { TRACE, TRACE_HELP, trace } from './commands/trace.ts';
import { TRANSLATE, translate } from './commands/translate.ts';
import { type Answer, fitted, NotFound } from './output.ts';

interface Command {
  /** What stands after its name, and what it is for. */
  readonly words: string;
  readonly what: string;
  readonly names: 'none' | 'one' | 'optional' | 'many';
  run(name: string | undefined): Answer | Promise<Answer>;
}

const commands: Readonly<Record<string, Command>> = {
  errors: {
    words: '[CODE|NAME|TEXT]',
    what: 'what an error code means; all that have a text in their name',
    names: 'optional',
    run: errors,
  },
  struct: {
    words: 'NAME',
    what: 'the fields of a structure, their offsets and sizes',
    names: 'one',
    run: (name) => structure(name!),
  },
  find: {
    words: 'WORDS',
    what: 'what does something: `find process id`',
    names: 'many',
    run: (words) => find(words!),
  },
  fn: {
    words: 'NAME',
    what: 'what a name is: a function’s signature and how it fails, a constant’s value …',
    names: 'one',
    run: (name) => fn(name!),
  },
  catalog: {
    words: '',
    what: 'the providers that are installed (on Windows)',
    names: 'none',
    run: catalog,
  },
  coverage: {
    words: '',
    what: 'how many names of each header there are',
    names: 'none',
    run: coverage,
  },
};

/** Commands that read their options themselves. */
const programs: Readonly<
  Record<
    string,
    {
      readonly usage: string;
      /** It has more to say of itself when it is asked for help. */
      readonly helps?: true;
      run(args: readonly string[], misused: (message: string) => number): number | Promise<number>;
    }
  >
> = {
  check: { usage: CHECK, run: check },
  perf: { usage: PERF, helps: true, run: perf },
  trace: { usage: TRACE, helps: true, run: trace },
  translate: { usage: TRANSLATE, run: translate },
};

const JSON_OPTION = '--json prints data instead of tables.';

function usageOf(name: string): string {
  const command = commands[name];
  if (!command) return programs[name]?.usage ?? '';
  return `${`winsock ${name} ${command.words}`.trimEnd().padEnd(34)}${command.what}`;
}

function usage(name?: string): string {
  if (name === 'trace') return TRACE_HELP;
  const all = [...Object.keys(commands), ...Object.keys(programs)];
  const shown = name ? [usageOf(name)] : all.map(usageOf);
  return `${shown.join('\n')}\n\n${JSON_OPTION}`;
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  // The package's own manifest.
  return (JSON.parse(manifest) as { version: string }).version;
}

function misused(message: string, name?: string): number {
  console.error(`winsock: ${visible(message)}\n\n${usage(name)}`);
  return 2;
}

const HELP = /^(--help|-h)$/;

/** Runs a command line and gives the exit code: 1 for what there is not, 2 for what makes no sense. */
export async function main(args: readonly string[]): Promise<number> {
  // It may stand anywhere but behind `trace`, where options are the script's.
  const [name = '', ...rest] = args[0] === '--json' ? [...args.slice(1), '--json'] : args;
  if (name === '--version' || name === '-v') {
    console.log(version());
    return 0;
  }
  if (HELP.test(name) || name === 'help') {
    console.log(fitted(usage()));
    return 0;
  }
  const program = Object.hasOwn(programs, name) ? programs[name] : undefined;
  if (!program && !Object.hasOwn(commands, name))
    return misused(name ? `there is no command ${name}` : 'which command?');
  if (HELP.test(rest[0] ?? '') && !program?.helps) {
    console.log(fitted(usage(name)));
    return 0;
  }
  if (program) return program.run(rest, (message) => misused(message, name));
  return answer(name, commands[name]!, rest);
}

async function answer(name: string, command: Command, words: readonly string[]): Promise<number> {
  // A negative code is no option.
  const options = words.filter((word) => word.startsWith('-') && !/^-\d+$/.test(word));
  const names = words.filter((word) => !options.includes(word));
  const unknown = options.find((option) => option !== '--json');
  if (unknown) return misused(`${name} has no option ${unknown}`, name);
  const most = { none: 0, one: 1, optional: 1, many: Number.POSITIVE_INFINITY }[command.names];
  if (names.length > most) {
    const takes = most === 0 ? 'no name' : 'one name';
    return misused(`${name} takes ${takes}; ${names[most]} is too much`, name);
  }
  if (names.length === 0 && /^(one|many)$/.test(command.names))
    return misused(`${name} wants a name`, name);

  try {
    const { text, data } = await command.run(names.length > 1 ? names.join(' ') : names[0]);
    console.log(options.includes('--json') ? JSON.stringify(data, null, 2) : text);
    return 0;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    console.error(`winsock: ${visible(error.message)}`);
    return 1;
  }
}
