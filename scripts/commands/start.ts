import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from '../host/build/build.ts';
import { asWindowsEnvironment } from '../host/launch/as-windows.ts';
import { controlCExit } from '../host/launch/launch.ts';
import { runScript } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { refuseTwice } from '../host/system/once-each.ts';
import { projectDir } from '../host/system/paths.ts';
import type { RuntimeName } from '../host/wine/pins.ts';
import { isRuntimeName, runtimeNames } from '../host/wine/runtimes.ts';

const usage = `npm start                                runs the tour
npm start -- [OPTIONS] FILE [ARG…]        runs a .ts, .mts, .js or .mjs script on Windows' run time

--runtime NAME       NAME is one of ${runtimeNames.join(', ')} (default: node24; on Windows: the Node that runs this)
--as-windows LIST    has Wine answer as Windows does: all, or some of tests/native/as-windows/switches.c`;

export async function run(args: string[]): Promise<number> {
  const rest = [...args];
  let runtime: RuntimeName | undefined;
  let differences: string | undefined;
  const once = refuseTwice(usage);
  while (rest[0]?.startsWith('-')) {
    const option = rest.shift() ?? '';
    const [name, inline] = option.split('=', 2);
    if (name === '--help' || name === '-h') {
      console.log(usage);
      return 0;
    }
    once(name ?? '');
    const value = inline ?? rest.shift() ?? '';
    if (name === '--as-windows') {
      differences = value;
    } else if (name !== '--runtime') {
      throw new HostError(`unknown option ${option}.\n\n${usage}`);
    } else if (isRuntimeName(value)) {
      runtime = value;
    } else {
      throw new HostError(`--runtime is one of ${runtimeNames.join(', ')}, not "${value}".`);
    }
  }

  // npm runs scripts in the package's directory and tells where the user is.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const [file, ...scriptArgs] = rest;
  const script = file ? path.resolve(cwd, file) : path.join(projectDir, 'examples/tour.ts');
  if (!existsSync(script) || !statSync(script).isFile()) {
    throw new HostError(`there is no file ${script}.`);
  }
  await ensureBuilt();
  const outcome = await runScript(runtime, script, scriptArgs, {
    cwd,
    ...(differences ? { env: await asWindowsEnvironment(differences) } : {}),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  });
  const { windowsCode = 0 } = outcome;
  if (windowsCode > 255 && windowsCode !== controlCExit) {
    console.error(`winsock: the program ended with code 0x${windowsCode.toString(16)}.`);
  }
  // Standard input may still be open and would keep us.
  process.stdin.destroy();
  return outcome.code;
}
