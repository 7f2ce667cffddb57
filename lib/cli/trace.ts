import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { visible } from '../ffi/types/describe.ts';

/**
 * Runs a script with its calls shown, on the run time that this command runs on. What stands after the
 * script is for the script.
 */
export function trace(
  args: readonly string[],
  misused: (message: string) => number,
): Promise<number> | number {
  const rest = [...args];
  const settings: string[] = [];
  while (rest[0]?.startsWith('-')) {
    const [option, inline] = (rest.shift() ?? '').split('=', 2);
    if (option === '--') break;
    const value = inline ?? rest.shift();
    if (option !== '--only' && option !== '--output') return misused(`trace has no ${option}`);
    if (!value) return misused(`${option} wants a value`);
    if (option === '--output' && value.includes(',')) {
      return misused('the name of the file must have no comma, which ends it in WINSOCK_TRACE');
    }
    // A file is told from the name of a function by these characters.
    const file = /[/\\.]/.test(value) ? value : `./${value}`;
    settings.push(option === '--output' ? file : value);
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
    env: { ...process.env, WINSOCK_TRACE: settings.join(',') || '1' },
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
