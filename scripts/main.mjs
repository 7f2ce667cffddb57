// The entry of every npm script: `node scripts/main.mjs COMMAND [ARGUMENT…]`.
//
// Plain JavaScript without dependencies, because it has to run right after `git clone`: it installs the
// dependencies when they are missing or out of date, and then hands over to scripts/commands/COMMAND.ts.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const project = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);

function fail(message) {
  console.error(`winsock: ${message}`);
  process.exit(1);
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 6)) {
  fail(`this needs Node.js 20.6 or later; here is ${process.version}.`);
}

const commands = readdirSync(path.join(project, 'scripts/commands'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.slice(0, -3));
if (!command || !commands.includes(command)) {
  fail(
    `${command ? `no command "${command}"` : 'which command'}? There are: ${commands.join(', ')}.`,
  );
}

installDependencies();
if (!process.features.typescript) (await import('tsx/esm/api')).register();
const { run } = await import(
  pathToFileURL(path.join(project, 'scripts/commands', `${command}.ts`)).href
);
try {
  const code = await run(args);
  // Written output first: process.exit() drops what a pipe has not taken yet.
  await Promise.all([process.stdout, process.stderr].map(flush));
  process.exit(code);
} catch (error) {
  // A HostError is for the user to read; anything else is a defect and keeps its stack.
  fail(error?.name === 'HostError' ? error.message : (error?.stack ?? error));
}

function flush(stream) {
  return new Promise((resolve) => {
    stream.on('error', resolve);
    if (stream.destroyed) resolve();
    else stream.write('', resolve);
  });
}

/** Runs `npm ci` unless what is installed is what the lock file says. */
function installDependencies() {
  const lock = path.join(project, 'package-lock.json');
  const modules = path.join(project, 'node_modules');
  const stamp = path.join(modules, '.winsock-install');
  // Optional native packages differ by platform, so a checkout shared by two systems installs anew.
  const wanted = createHash('sha256')
    .update(`${process.platform} ${process.arch}\n`)
    .update(readFileSync(lock))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  // The doctor reports and changes nothing, but it needs its own tools to run at all.
  if (command === 'doctor' && existsSync(path.join(modules, 'tsx'))) return;

  console.error('winsock: installing the dependencies (npm ci) …');
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? { file: process.execPath, args: [process.env.npm_execpath] }
    : { file: process.platform === 'win32' ? 'npm.cmd' : 'npm', args: [] };
  const result = spawnSync(
    npm.file,
    [...npm.args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: project, stdio: ['ignore', 2, 2], shell: npm.file === 'npm.cmd' },
  );
  if (result.status !== 0) {
    fail(
      'the dependencies could not be installed. The first time needs access to the npm registry; see the message above.',
    );
  }
  writeFileSync(stamp, wanted);
}
