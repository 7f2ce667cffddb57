// Resolves and downloads packages with the host's own apt in directories of our own, so that nothing of
// the host's package state is read or changed and no privileges are needed.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import { exec, findProgram } from '../system/exec.ts';

/** One line of sources.list, or one paragraph of a deb822 .sources file. */
export interface AptSource {
  uris: string[];
  suites: string[];
  components: string[];
  /** Keyring files; a key written into the file itself is left out. */
  signedBy: string[];
}

/** Parses the one-line format of sources.list(5). */
export function parseOneLine(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (!match) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.split(',') ?? [];
    sources.push({
      uris: [uri],
      suites: [suite],
      components: components.split(/\s+/).filter(Boolean),
      signedBy: signedBy.filter((file) => file.startsWith('/')),
    });
  }
  return sources;
}

/** Parses the deb822 format of sources.list(5). */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  for (const paragraph of withoutComments.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const match of paragraph.matchAll(/^(\S+?):[ \t]*(.*(?:\n[ \t].*)*)/gm)) {
      fields.set((match[1] ?? '').toLowerCase(), match[2] ?? '');
    }
    const list = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
    if (!list('types').includes('deb') || fields.get('enabled')?.trim() === 'no') continue;
    sources.push({
      uris: list('uris'),
      suites: list('suites'),
      components: list('components'),
      signedBy: list('signed-by').filter((file) => file.startsWith('/')),
    });
  }
  return sources;
}

export function readHostSources(etcApt = '/etc/apt'): AptSource[] {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return '';
    }
  };
  const parts = path.join(etcApt, 'sources.list.d');
  const names = existsSync(parts) ? readdirSync(parts).sort() : [];
  return [
    ...parseOneLine(read(path.join(etcApt, 'sources.list'))),
    ...names
      .filter((n) => n.endsWith('.list'))
      .flatMap((n) => parseOneLine(read(path.join(parts, n)))),
    ...names
      .filter((n) => n.endsWith('.sources'))
      .flatMap((n) => parseDeb822(read(path.join(parts, n)))),
  ];
}

/** The release to take packages from, and who signs it. */
export interface Release {
  suite: string;
  components: string[];
  keyring: string;
}

export const releases: Record<'debian' | 'ubuntu', Release> = {
  debian: {
    suite: 'trixie',
    components: ['main'],
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  },
  ubuntu: {
    suite: 'resolute',
    components: ['main', 'universe'],
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
  },
};

export interface HostSystem {
  family: 'debian' | 'ubuntu' | undefined;
  codename: string | undefined;
  name: string;
}

/** Reads os-release(5); a derivative counts as what it derives from. */
export function parseOsRelease(text: string): HostSystem {
  const fields = new Map<string, string>();
  for (const match of text.matchAll(/^([A-Z_]+)=["']?(.*?)["']?$/gm)) {
    fields.set(match[1] ?? '', match[2] ?? '');
  }
  const ids = `${fields.get('ID') ?? ''} ${fields.get('ID_LIKE') ?? ''}`.split(/\s+/);
  const family = ids.includes('ubuntu') ? 'ubuntu' : ids.includes('debian') ? 'debian' : undefined;
  return {
    family,
    codename:
      (family && fields.get(`${family.toUpperCase()}_CODENAME`)) || fields.get('VERSION_CODENAME'),
    name: fields.get('PRETTY_NAME') ?? fields.get('ID') ?? 'this system',
  };
}

/**
 * The archive among the host's sources that holds the system's own packages, where the other releases of
 * that system are to be found too.
 */
export function findArchive(sources: AptSource[], host: HostSystem): AptSource | undefined {
  const withMain = sources.filter((source) => source.components.includes('main'));
  const ofSuite = withMain.filter(
    (source) => host.codename && source.suites.includes(host.codename),
  );
  const path = new RegExp(`/${host.family}/?$`);
  const inPath = withMain.filter((source) => source.uris.some((uri) => path.test(uri)));
  return ofSuite.find((source) => inPath.includes(source)) ?? ofSuite[0] ?? inPath[0];
}

/** A package as apt resolved it. */
export interface Package {
  name: string;
  version: string;
  architecture: string;
}

/** Parses what `apt-get --simulate install` says it would do. */
export function parseSimulation(text: string): Package[] {
  return [...text.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) [^)]*?\[(\w+)\]\)/gm)].map(
    (match) => ({
      name: match[1] ?? '',
      version: match[2] ?? '',
      architecture: match[3] ?? '',
    }),
  );
}

/** The file that apt keeps a downloaded package in. */
export function archiveName(entry: Package): string {
  const quote = (part: string) =>
    part.replaceAll('%', '%25').replaceAll(':', '%3a').replaceAll('_', '%5f');
  return `${quote(entry.name)}_${quote(entry.version)}_${entry.architecture}.deb`;
}

export interface Apt {
  /** Where apt keeps downloaded packages. */
  archives: string;
  /** Fetches the package lists, unless that was done already. */
  update(onProgress: (detail: string) => void, again?: boolean): Promise<void>;
  /** What has to be installed for the packages named, given what is installed. */
  resolve(names: readonly string[]): Promise<Package[]>;
  /** Downloads what `resolve` found; what is there already is not fetched again. */
  download(names: readonly string[], onProgress: (detail: string) => void): Promise<void>;
}

/**
 * Sets up apt's private directories in `dir` for packages that suit the host. `status` is the dpkg
 * status file, which says what is installed.
 */
export async function openApt(dir: string, status: string): Promise<Apt> {
  const advice =
    'Install Wine 10 or later by your own means and put it on the PATH, or set WINSOCK_WINE to its "wine" program.';
  const host = parseOsRelease(readFileSync('/etc/os-release', 'utf8'));
  if (!host.family || !findProgram('apt-get') || !findProgram('dpkg-deb')) {
    throw new HostError(
      `Wine can be set up by itself on Debian and Ubuntu only; this is ${host.name}. ${advice}`,
    );
  }
  if (process.arch !== 'x64') {
    throw new HostError(
      `The Windows programs are for x64 and this machine is ${process.arch}. ${advice}`,
    );
  }
  const archive = findArchive(readHostSources(), host);
  if (!archive) {
    throw new HostError(`No package archive of ${host.name} was found in /etc/apt. ${advice}`);
  }
  const release = releases[host.family];
  const keyrings = [...new Set([...archive.signedBy, release.keyring])].filter(existsSync);
  const signed = keyrings.length > 0 ? `[signed-by=${keyrings.join(',')}] ` : '';

  for (const sub of [
    'state/lists/partial',
    'cache/archives/partial',
    'etc/apt.conf.d',
    'etc/preferences.d',
    'log',
  ]) {
    mkdirSync(path.join(dir, sub), { recursive: true });
  }
  mkdirSync(path.dirname(status), { recursive: true });
  writeFileSync(status, '', { flag: 'a' });
  writeFileSync(
    path.join(dir, 'etc/sources.list'),
    archive.uris
      .map((uri) => `deb ${signed}${uri} ${release.suite} ${release.components.join(' ')}\n`)
      .join(''),
  );
  const config = path.join(dir, 'apt.conf');
  writeFileSync(config, await configuration(dir, status));
  const env = {
    ...process.env,
    APT_CONFIG: config,
    LC_ALL: 'C.UTF-8',
    DEBIAN_FRONTEND: 'noninteractive',
  };

  const run = async (args: string[], doing: string, onProgress?: (detail: string) => void) => {
    const result = await exec(['apt-get', '--quiet', ...args], {
      env,
      ...(onProgress && {
        onReport: (line: string) => {
          const [kind, , percent] = line.split(':');
          if (kind === 'dlstatus') onProgress(`${Math.round(Number(percent))} %`);
        },
      }),
    });
    if (result.code === 0 && !/^(W: Failed to fetch|E: )/m.test(result.stderr))
      return result.stdout;
    const reasons = result.stderr.split('\n').filter((line) => /^(E|W): /.test(line));
    throw new HostError(
      `${doing} failed:\n  ${reasons.slice(0, 6).join('\n  ') || result.stderr.trim()}\nThe first time needs access to the package archive that is set in /etc/apt. ${advice}`,
    );
  };
  const report = ['-o', 'APT::Status-Fd=3'];
  const updated = path.join(dir, 'state/updated');
  return {
    archives: path.join(dir, 'cache/archives'),
    async update(onProgress, again = false) {
      // The lists are kept, so that all package sets come from the same state of the archive.
      if (!again && existsSync(updated)) return;
      await run(['update', ...report], 'Fetching the package lists', onProgress);
      writeFileSync(updated, '');
    },
    async resolve(names) {
      const args = ['install', '--simulate', '--no-install-recommends', ...names];
      return parseSimulation(await run(args, 'Resolving the packages'));
    },
    async download(names, onProgress) {
      const args = [
        'install',
        '--yes',
        '--download-only',
        '--no-install-recommends',
        ...report,
        ...names,
      ];
      await run(args, 'Downloading the packages', onProgress);
    },
  };
}

async function configuration(dir: string, status: string): Promise<string> {
  // How to get at the network (proxies, certificates, date checks) is the host's business, its hooks
  // and repositories are not.
  const { stdout } = await exec(['apt-config', 'dump']);
  const network = stdout
    .split('\n')
    .filter((line) => line.startsWith('Acquire::'))
    .filter(
      (line) => !/^Acquire::(IndexTargets|Languages|CompressionTypes|Changelogs|cdrom)/i.test(line),
    );
  return `${network.join('\n')}
Dir::State "${dir}/state";
Dir::State::status "${status}";
Dir::Cache "${dir}/cache";
Dir::Etc "${dir}/etc";
Dir::Etc::trusted "/etc/apt/trusted.gpg";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d";
Dir::Log "${dir}/log";
APT::Sandbox::User "root";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
`;
}

/** Whether the host's package archive answers; `undefined` where there is none. */
export async function archiveReachable(): Promise<boolean | undefined> {
  try {
    const host = parseOsRelease(readFileSync('/etc/os-release', 'utf8'));
    const uri = host.family && findArchive(readHostSources(), host)?.uris[0];
    if (!uri?.startsWith('http') || !host.family) return undefined;
    const url = `${uri.replace(/\/$/, '')}/dists/${releases[host.family].suite}/InRelease`;
    const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(10_000) });
    return response.ok;
  } catch {
    return false;
  }
}
