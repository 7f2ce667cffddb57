import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import t from 'tap';
import { blocksOf, extract, guides } from '../../markdown.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const tsc = path.join(project, 'node_modules/typescript/bin/tsc');
const blocks = ['README.md', ...guides].flatMap(blocksOf);

t.test('the README and the guide have programs, and blocks that are none', async (t) => {
  t.ok(blocks.some((block) => block.runs));
  t.ok(blocks.every((block) => /\bfrom 'winsock/.test(block.code)));
});

t.test('every block of the README and the guide compiles', { timeout: 120_000 }, async (t) => {
  const { dir, files } = extract(blocks);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const settings = { extends: '../../tsconfig.json', include: ['*.ts'] };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify(settings));
  const { stdout } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', dir], {
    cwd: dir,
    encoding: 'utf8',
  });
  for (const { name, file } of files) {
    const own = stdout.split('\n').filter((line) => line.startsWith(path.basename(file)));
    t.equal(own.join('\n'), '', name);
  }
  t.equal(stdout, '', 'nothing else is reported');
});

t.test('every block has only syntax that the oldest supported run time has', async (t) => {
  for (const { name, code } of blocks) {
    const [plain, older] = await Promise.all(
      ['esnext', 'node22'].map((target) => transform(code, { loader: 'ts', target })),
    );
    t.equal(older?.code, plain?.code, name);
  }
});

t.test('the commands and files that documents name exist', async (t) => {
  const { scripts } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const documents = [
    'README.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    '.github/PULL_REQUEST_TEMPLATE.md',
    '.github/workflows/ci.yml',
    ...guides,
  ];
  for (const document of documents) {
    const folder = path.join(project, path.dirname(document));
    const text = readFileSync(path.join(project, document), 'utf8');
    const commands = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name ?? '');
    for (const name of new Set(commands)) t.ok(scripts[name], `${document}: npm run ${name}`);
    const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)];
    for (const [, to = ''] of links) {
      t.ok(existsSync(path.join(folder, to)), `${document}: ${to}`);
    }
  }
});
