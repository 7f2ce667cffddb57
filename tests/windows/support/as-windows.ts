import { fileURLToPath, pathToFileURL } from 'node:url';
import { isWine } from './native.ts';
import { type Ended, runProgram } from './programs.ts';

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
 * Runs a program, answered as Windows does, to its end.
 *
 * @param executable Node's or Bun's
 * @param differences as for `asWindows`
 * @param args the program with its arguments, or options and its text
 */
export async function runAsWindows(
  executable: string,
  differences: string,
  ...args: (string | URL)[]
): Promise<Ended> {
  // Bun takes no options from the environment.
  const preload = executable === process.env.WINSOCK_BUN ? ['--preload', loader] : [];
  const words = args.map((arg) => (arg instanceof URL ? fileURLToPath(arg) : arg));
  const options = { env: asWindows(differences), cwd: new URL('../../..', import.meta.url) };
  const { code, output, errors } = await runProgram(executable, [...preload, ...words], options);
  return { code, output: output.trim(), errors };
}

/**
 * What a program prints that is answered as Windows does, each line as a value.
 *
 * @param program JavaScript that prints lines of JSON
 * @param differences as for `asWindows`
 */
export async function toldAsWindows(program: string, differences: string): Promise<unknown[]> {
  const args = ['--input-type=module', '--eval', program];
  const { output, errors } = await runAsWindows(process.execPath, differences, ...args);
  process.stderr.write(errors);
  const lines = output.split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}
