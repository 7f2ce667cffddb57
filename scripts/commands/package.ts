// npm run package: packs the project, says how large that is, and has publint and attw judge it.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../host/build/build.ts';
import { BUDGET, judge, pack } from '../host/build/package.ts';
import { projectDir } from '../host/system/paths.ts';

export async function run(): Promise<number> {
  await ensureBuilt();
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-package-'));
  try {
    const { tarball, packed, unpacked, files } = await pack(dir);
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    console.log(
      `${path.basename(tarball)}: ${kilobytes(packed)} packed (of ${kilobytes(BUDGET.packed)} allowed), ${kilobytes(unpacked)} unpacked (of ${kilobytes(BUDGET.unpacked)}), ${files.size} files`,
    );
    let failed = packed > BUDGET.packed || unpacked > BUDGET.unpacked;
    if (failed)
      console.error('winsock: that is more than BUDGET of scripts/host/build/package.ts allows.');
    const manifest = JSON.parse(readFileSync(path.join(projectDir, 'package.json'), 'utf8')) as {
      repository?: unknown;
    };
    if (!manifest.repository) {
      console.log(
        'package.json names no repository: on its page npm can then not show the picture of the README, nor follow its links.',
      );
    }
    for (const tool of ['publint', 'attw'] as const) {
      const result = await judge(tool, tarball);
      console.log(`\n${tool}: ${result ? `exit code ${result.code}` : 'cannot be fetched'}`);
      console.log(`${result?.stdout ?? ''}${result?.stderr ?? ''}`.trim());
      failed ||= result?.code !== 0;
    }
    return failed ? 1 : 0;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
