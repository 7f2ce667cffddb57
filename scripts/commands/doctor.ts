import { existsSync, readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import path from 'node:path';
import { HostError } from '../host/system/error.ts';
import { exec, findProgram } from '../host/system/exec.ts';
import { findBun, npmCommand } from '../host/system/npm.ts';
import { cacheDir, projectDir } from '../host/system/paths.ts';
import { archiveReachable } from '../host/wine/apt.ts';
import { launcherKinds, launcherWorks } from '../host/wine/enter.ts';
import { installed, type PackageSet, rootDir } from '../host/wine/root.ts';
import { findRuntime, hasKoffi, hasOwnKoffi, runtimeNames } from '../host/wine/runtimes.ts';
import { findWine, minimumVersion, type Wine } from '../host/wine/wine.ts';

interface Finding {
  what: string;
  found: string | undefined;
  /** Whether scripts can be run without it, or it is set up when it is first wanted. */
  needed: boolean;
  fix?: string;
}

const first = '"npm start" sets it up';

/** Tells what is there to run Windows programs with and what is missing; changes nothing. */
export async function run(args: string[]): Promise<number> {
  const json = args.includes('--json');
  const findings = [
    ...(await tools()),
    ...packages(),
    ...(process.platform === 'win32' ? windows() : await wineParts()),
  ];
  const missing = findings.filter((finding) => finding.needed && !finding.found);
  if (json) {
    console.log(JSON.stringify({ ok: missing.length === 0, cache: cacheDir(), findings }, null, 2));
    return missing.length === 0 ? 0 : 1;
  }
  const width = Math.max(...findings.map((finding) => finding.what.length));
  for (const { what, found, needed, fix } of findings) {
    const sign = found ? '✓' : needed ? '✗' : '·';
    console.log(`${sign} ${what.padEnd(width)}  ${found ?? 'missing'}`);
    if (!found && fix) console.log(`  ${' '.repeat(width)}  → ${fix}`);
  }
  const verdict =
    missing.length === 0
      ? 'Everything that is needed to run scripts is here.'
      : `Missing: ${missing.map((finding) => finding.what).join(', ')}.`;
  console.log(`\n${verdict}`);
  return missing.length === 0 ? 0 : 1;
}

async function tools(): Promise<Finding[]> {
  const npm = process.env.npm_config_user_agent?.match(/^npm\/(\S+)/)?.[1];
  const npmVersion =
    npm ?? (findProgram('npm') && (await exec([...npmCommand(), '--version'])).stdout.trim());
  return [
    { what: 'system', found: systemName(), needed: true },
    { what: 'Node.js', found: process.version, needed: true },
    {
      what: 'npm',
      found: npmVersion || undefined,
      needed: true,
      fix: 'install npm, which comes with Node.js',
    },
  ];
}

function systemName(): string {
  if (process.platform === 'win32') return `${version()} ${release()} ${process.arch}`;
  let name: string = process.platform;
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    name = /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1] ?? name;
  } catch {
    // Not Linux.
  }
  const user = process.getuid
    ? process.getuid() === 0
      ? ', as root'
      : ', as an ordinary user'
    : '';
  return `${name} ${process.arch}${user}`;
}

function packages(): Finding[] {
  const versionOf = (name: string) => {
    try {
      const manifest = path.join(projectDir, 'node_modules', name, 'package.json');
      return JSON.parse(readFileSync(manifest, 'utf8')).version as string;
    } catch {
      return undefined;
    }
  };
  const onWindows = process.platform === 'win32';
  const arch = onWindows ? process.arch : 'x64';
  const prebuilt = path.join(projectDir, `node_modules/ref-napi/prebuilds/win32-${arch}`);
  return [
    { what: 'koffi', found: versionOf('koffi'), needed: true, fix: 'npm ci' },
    {
      what: 'koffi for Windows',
      found: (onWindows ? hasOwnKoffi() : hasKoffi()) ? 'in node_modules' : undefined,
      needed: true,
      fix: onWindows ? 'npm ci' : first,
    },
    {
      what: 'ref-napi',
      found: versionOf('ref-napi'),
      needed: true,
      fix: 'npm ci',
    },
    {
      what: 'ref-napi for Windows',
      found: existsSync(prebuilt) ? 'in node_modules' : undefined,
      needed: false,
      fix: arch === 'x64' ? 'npm ci' : 'koffi does in its place',
    },
    {
      what: 'dist/',
      found: existsSync(path.join(projectDir, 'dist/.built')) ? 'compiled' : undefined,
      needed: false,
      fix: 'npm run build; "npm start" does it too',
    },
  ];
}

function windows(): Finding[] {
  const bun = findBun();
  return [{ what: 'Bun', found: bun, needed: false, fix: 'install Bun 1.4 or later' }];
}

async function wineParts(): Promise<Finding[]> {
  let wine: Wine | undefined;
  let unusable: string[] = [];
  try {
    ({ wine, unusable } = await findWine());
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    unusable = [error.message];
  }
  const findings: Finding[] = [
    {
      what: 'Wine',
      found: wine && `${wine.version}, ${wine.source} (${wine.program})`,
      needed: true,
      fix: `${first} on Debian and Ubuntu; else put Wine ${minimumVersion} or later on the PATH, or set WINSOCK_WINE`,
    },
    ...unusable.map((text) => ({ what: 'Wine, unusable', found: text, needed: false })),
    {
      what: 'Wine prefix',
      found: wine && existsSync(wine.prefix) ? wine.prefix : undefined,
      needed: true,
      fix: first,
    },
    ...(await privateRoot(wine)),
    ...runtimeNames.map((name) => ({
      what: name,
      found: findRuntime(name),
      needed: name === 'node24',
      fix: name === 'node24' ? first : `fetched by "npm start -- --runtime ${name} FILE"`,
    })),
  ];
  // Only of interest while something is still to be fetched.
  if (findings.some((finding) => !finding.found)) findings.push(await network());
  return findings;
}

async function privateRoot(wine: Wine | undefined): Promise<Finding[]> {
  if (wine && wine.source !== 'private root') return [];
  const set = (name: PackageSet, main: string): string | undefined => {
    const stamp = installed(name);
    return (
      stamp && `${main} ${stamp.packages[main]}, ${Object.keys(stamp.packages).length} packages`
    );
  };
  let kind: string | undefined;
  for (const candidate of launcherKinds()) {
    if (await launcherWorks(candidate)) {
      kind = candidate;
      break;
    }
  }
  return [
    {
      what: 'private root',
      found: set('wine', 'wine') && rootDir(),
      needed: true,
      fix: first,
    },
    { what: '  Wine', found: set('wine', 'wine'), needed: true, fix: first },
    {
      what: '  C toolchain',
      found: set('toolchain', 'clang-19'),
      needed: false,
      fix: '"npm run generate" sets it up',
    },
    {
      what: '  servers',
      found: set('servers', 'postgresql'),
      needed: false,
      fix: '"npm test" sets them up',
    },
    {
      what: '  iperf3',
      found: set('iperf3', 'iperf3'),
      needed: false,
      fix: '"npm test" sets it up',
    },
    {
      what: '  tshark',
      found: set('tshark', 'tshark'),
      needed: false,
      fix: '"npm test" sets it up',
    },
    {
      what: 'launcher',
      found: kind,
      needed: true,
      fix: 'install bubblewrap, or allow unprivileged user namespaces',
    },
  ];
}

async function network(): Promise<Finding> {
  const registry = await exec([...npmCommand(), 'ping', '--loglevel=error'], { timeout: 15_000 });
  const archive = await archiveReachable();
  const parts = [
    registry.code === 0 ? 'npm registry reachable' : 'npm registry not reachable',
    ...(archive === undefined ? [] : [`package archive ${archive ? '' : 'not '}reachable`]),
  ];
  return { what: 'network', found: parts.join(', '), needed: false };
}
