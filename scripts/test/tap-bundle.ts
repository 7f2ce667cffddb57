// tap in one file. Under Wine the hundreds of files that it is made of take a second to open, in each test file.

import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { installedVersion } from '../host/system/npm.ts';
import { projectDir } from '../host/system/paths.ts';

/** By a path as that of its own packages tap leaves its frames out of what it shows of a stack. */
const folder = path.join(projectDir, 'node_modules/.cache/node_modules/@tapjs');

/** The file, which is made where it is not there for the version that is installed. */
export async function bundledTap(): Promise<string> {
  const file = path.join(folder, `tap-${installedVersion('tap')}.mjs`);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  // Another run may make it at the same time.
  const made = `${file}.${process.pid}`;
  try {
    await build({
      absWorkingDir: projectDir,
      entryPoints: ['tap'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: made,
      banner: {
        js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
      },
    });
    await rename(made, file);
  } finally {
    await rm(made, { force: true });
  }
  return file;
}
