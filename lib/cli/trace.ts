import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';

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
    // A file is told from the name of a function by these characters.
    const file = /[/\\.]/.test(value) ? value : `./${value}`;
    settings.push(option === '--output' ? file : value);
  }
  const [script] = rest;
  if (script === undefined) return misused('trace wants a script');
  // As the run time finds it: the ending may be left out.
  if (!['', '.js', '.cjs', '.mjs', '.ts'].some((ending) => existsSync(script + ending))) {
    console.error(`winsock: there is no file ${script}.`);
    return 1;
  }
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
