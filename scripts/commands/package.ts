// npm run package: packs the project, says how large that is, and has publint and attw judge it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuilt } from '../host/build.ts';
import { judge, pack } from '../host/package.ts';

export async function run(): Promise<number> {
  await ensureBuilt();
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-package-'));
  try {
    const { tarball, packed, unpacked, files } = await pack(dir);
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    console.log(
      `${path.basename(tarball)}: ${kilobytes(packed)} packed, ${kilobytes(unpacked)} unpacked, ${files.size} files`,
    );
    let failed = false;
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
