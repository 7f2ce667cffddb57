import { readFileSync } from 'node:fs';

/** The package's version: of package.json, which is above both lib/tools/perf and dist. */
function findVersion(): string {
  for (const up of ['../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'winsock' && manifest.version) return manifest.version;
    } catch {
      // It is not here: the next.
    }
  }
  return 'of unknown version';
}

let found: string | undefined;

/** The version of this package. */
export function version(): string {
  found ??= findVersion();
  return found;
}
