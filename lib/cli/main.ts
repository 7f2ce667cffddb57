import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { catalog } from './catalog.ts';
import { coverage } from './coverage.ts';
import { errors } from './errors.ts';
import { fn } from './function.ts';
import { type Answer, NotFound } from './output.ts';
import { structure } from './structure.ts';
import { trace } from './trace.ts';

const usage = `winsock errors [CODE|NAME|TEXT]   what an error code means
winsock struct NAME               the fields of a structure, their offsets and sizes
winsock fn NAME                   a function's signature, its DLL, how it fails
winsock catalog                   the providers that are installed (on Windows)
winsock coverage                  how many names of each header there are
winsock trace [--only LIST] [--output FILE] SCRIPT [ARG…]
                                  runs a script and shows its calls of Winsock

--json prints data instead of tables.`;

type Command = (name: string | undefined) => Answer | Promise<Answer>;

const commands: Record<string, { run: Command; names: 'none' | 'one' | 'optional' }> = {
  errors: { run: errors, names: 'optional' },
  struct: { run: (name) => structure(name!), names: 'one' },
  fn: { run: (name) => fn(name!), names: 'one' },
  catalog: { run: catalog, names: 'none' },
  coverage: { run: coverage, names: 'none' },
};

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function misused(message: string): number {
  console.error(`winsock: ${message}\n\n${usage}`);
  return 2;
}

/** Runs a command line and gives the exit code: 1 for what there is not, 2 for what makes no sense. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args;
  if (name === '--version' || name === '-v') {
    console.log(version());
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(usage);
    return 0;
  }
  if (name === 'trace') return trace(rest, misused);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) return misused(name ? `there is no command ${name}` : 'which command?');

  let json: boolean;
  let names: string[];
  try {
    // A negative code is no option.
    const words = rest.map((word) => (/^-\d+$/.test(word) ? ` ${word}` : word));
    const parsed = parseArgs({
      args: words,
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    json = parsed.values.json;
    names = parsed.positionals.map((word) => word.trim());
  } catch (error) {
    return misused((error as Error).message);
  }
  if (names.length > (command.names === 'none' ? 0 : 1)) return misused(`${name} wants less`);
  if (names.length === 0 && command.names === 'one') return misused(`${name} wants a name`);

  try {
    const answer = await command.run(names[0]);
    console.log(json ? JSON.stringify(answer.data, null, 2) : answer.text);
    return 0;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    console.error(`winsock: ${error.message}`);
    return 1;
  }
}
