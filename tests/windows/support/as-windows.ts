import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isWine } from './native.ts';

const loader = fileURLToPath(new URL('../../native/as-windows/load.mjs', import.meta.url));

/** For the options of a test that has programs answered as Windows does. */
export const needsAsWindows = {
  skip: !isWine()
    ? 'this is Windows'
    : process.env.WINSOCK_TEST_DLLS
      ? false
      : 'needs the C toolchain',
};

/**
 * The environment of a Node program that is answered as Windows does.
 *
 * @param differences names of tests/native/as-windows/switches.c, separated by commas, or "all"
 */
export function asWindows(differences: string): NodeJS.ProcessEnv {
  const options = [process.env.NODE_OPTIONS, `--import=${pathToFileURL(loader).href}`];
  return {
    ...process.env,
    WINSOCK_AS_WINDOWS: differences,
    NODE_OPTIONS: options.filter(Boolean).join(' '),
  };
}

/**
 * What a program prints that is answered as Windows does, each line as a value.
 *
 * @param program JavaScript that prints lines of JSON
 * @param differences as for `asWindows`
 */
export function toldAsWindows(program: string, differences: string): Promise<unknown[]> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: asWindows(differences),
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: new URL('../../..', import.meta.url),
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      const lines = output.split('\n').filter(Boolean);
      resolve(lines.map((line) => JSON.parse(line)));
    });
  });
}
