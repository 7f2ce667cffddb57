import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { visible } from '../../ffi/types/describe.ts';
import { onceEach } from '../given.ts';
import { fitted } from '../output.ts';

export const TRACE =
  'winsock trace [--help] SCRIPT [ARG…]\n' +
  '                                  runs a script and shows its calls of Winsock';

export const TRACE_HELP = `winsock trace [OPTION…] SCRIPT [ARG…]     runs a script and shows its calls of Winsock

--only LIST      these functions, separated by commas; * stands for any letters
--not LIST       all but these
--failures       only what failed
--output FILE    lines go to a file and not to standard error
--json           lines of JSON
--lines          lines as well, beside --pcapng or --timeline
--time HOW       begins lines with their time: absolute, relative, or since the last (delta)
--place          ends lines with the place in the source; --stack shows how the call came there
--dump           all that is sent and received, in hexadecimal
--payload BYTES  no more of what is sent and received; 0 for nothing
--summary[=only] calls, errors, bytes and time of each function, at the end
--pcapng FILE    a capture for Wireshark
--timeline FILE  a timeline for chrome://tracing, Perfetto and browsers; its name ends in .json
--faults LIST    injects faults: FUNCTION:WHAT[@WHEN] separated by semicolons, where WHAT is
                 an error, delay=200ms, short=BYTES or hold, and WHEN a call, calls or 3%;
                 seed=NUMBER repeats chances`;

/** Options with a value: what the value becomes in WINSOCK_TRACE; undefined where it makes no sense. */
const VALUES: Readonly<Record<string, (value: string) => string | undefined>> = {
  '--only': (value) => value,
  '--not': (value) =>
    value
      .split(',')
      .map((name) => `!${name.trim()}`)
      .join(','),
  '--output': (value) => (/\.(pcapng|json)$/i.test(value) ? undefined : fileOf(value)),
  '--pcapng': (value) => (/\.pcapng$/i.test(value) ? fileOf(value) : undefined),
  '--timeline': (value) => (/\.json$/i.test(value) ? fileOf(value) : undefined),
  '--time': (value) => `time=${value}`,
  '--payload': (value) => `payload=${value}`,
};
/** Options that may be given several times. */
const SEVERAL = ['--only', '--not', '--output'];
const FILES = ['--output', '--pcapng', '--timeline'];

const FLAGS: Readonly<Record<string, string>> = {
  '--failures': 'failures',
  '--json': 'json',
  '--lines': '-',
  '--place': 'place',
  '--stack': 'stack',
  '--dump': 'dump',
  '--summary': 'summary',
};

/** A file is told from the name of a function by these characters. */
function fileOf(name: string): string {
  return /[/\\.]/.test(name) ? name : `./${name}`;
}

interface Wanted {
  readonly settings: string[];
  faults: string | undefined;
  readonly rest: string[];
}

/** @returns what is wrong, where something is */
function read(args: readonly string[]): Wanted | string {
  const wanted: Wanted = { settings: [], faults: undefined, rest: [...args] };
  const again = onceEach();
  const { rest, settings } = wanted;
  while (rest[0]?.startsWith('-')) {
    const word = rest.shift() ?? '';
    if (word === '--') break;
    const at = word.indexOf('=');
    const [option, inline] = at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
    const flag = FLAGS[option];
    if (option === '--summary' && inline !== undefined) settings.push(`summary=${inline}`);
    else if (flag !== undefined && inline === undefined) settings.push(flag);
    else if (option === '--faults' || Object.hasOwn(VALUES, option)) {
      const value = inline ?? rest.shift();
      if (!value) return `${option} wants a value`;
      const wrong = SEVERAL.includes(option) ? undefined : again(option);
      if (wrong) return wrong;
      if (option === '--faults') {
        wanted.faults = value;
        continue;
      }
      if (FILES.includes(option) && value.includes(',')) {
        return 'the name of the file must have no comma, which ends it in WINSOCK_TRACE';
      }
      const setting = VALUES[option]!(value);
      if (setting === undefined) return `${option} ${value}: the ending says another kind of file`;
      settings.push(setting);
    } else return `trace has no ${option}`;
  }
  return wanted;
}

/**
 * Runs a script with its calls shown, on the run time that this command runs on. What stands after the
 * script is for the script.
 */
export async function trace(
  args: readonly string[],
  misused: (message: string) => number,
): Promise<number> {
  if (/^(--help|-h)$/.test(args[0] ?? '')) {
    console.log(fitted(TRACE_HELP));
    return 0;
  }
  const wanted = read(args);
  if (typeof wanted === 'string') return misused(wanted);
  const { settings, faults, rest } = wanted;
  const setting = settings.join(',') || (faults === undefined ? '1' : '');
  const { checkSettings } = await import('../../tools/trace/index.ts');
  try {
    checkSettings(setting, faults);
  } catch (error) {
    // What reads arguments throws errors.
    return misused((error as Error).message);
  }
  const [script] = rest;
  if (script === undefined) return misused('trace wants a script');
  // As the run time finds it: the ending may be left out.
  if (!['', '.js', '.cjs', '.mjs', '.ts'].some((ending) => existsSync(script + ending))) {
    console.error(`winsock: there is no file ${visible(script)}.`);
    return 1;
  }
  // A name that begins like an option is none with its folder before it.
  rest[0] = script.startsWith('-') ? `./${script}` : script;
  const child = spawn(process.execPath, [...process.execArgv, ...rest], {
    stdio: 'inherit',
    env: {
      ...process.env,
      WINSOCK_TRACE: setting,
      ...(faults !== undefined && { WINSOCK_FAULTS: faults }),
    },
  });
  // Ctrl-C goes to the script as well, which decides what it means.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      resolve(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}
