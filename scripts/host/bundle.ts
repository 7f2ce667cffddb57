// Bundles lib/ and defs/ to dist/: a file for each entry point, and what they share in common chunks.
//
// A program that imports one entry then opens two or three files instead of seventy, which halves the
// time of the import.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { projectDir } from './paths.ts';

/**
 * The thread of the completion port is a program of its own, and alone: it starts soonest from one file,
 * which needs little of what the entries share.
 */
const POLLER = 'lib/io/port/poller.ts';

/**
 * The command `winsock` loads the entry points as any program does. Bundled with them it would keep all
 * that they export from being left out of other bundles.
 */
const CLI = 'lib/cli.ts';
const entriesOfCli: Plugin = {
  name: 'entries',
  setup(build) {
    build.onResolve({ filter: /^\.\.\/\w+\.ts$/ }, ({ path: file, importer }) => {
      const own = importer.includes(`${path.sep}cli${path.sep}`);
      return own ? { path: `./${path.basename(file, '.ts')}.js`, external: true } : undefined;
    });
  },
};

/** The sources of the entry points that package.json publishes. */
function entrySources(): string[] {
  const { exports } = JSON.parse(readFileSync(path.join(projectDir, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { default: string }>;
  };
  const published = Object.values(exports)
    .filter((target) => typeof target === 'object')
    .map((target) => path.basename(target.default, '.js'));
  return published.map((name) => `lib/${name}.ts`);
}

/**
 * The tables of names read whole headers by name, and would drag that into the code that all entries
 * share. They are data only, so a copy of their own is harmless.
 */
const ALONE = 'lib/names.ts';

export async function bundle(outdir: string): Promise<void> {
  const together = entrySources().filter((source) => source !== ALONE);
  const options = { ...OPTIONS, outdir };
  await build({ ...options, entryPoints: together, splitting: true });
  await build({ ...options, entryPoints: [ALONE] });
  await build({ ...options, entryPoints: [POLLER] });
  await build({ ...options, entryPoints: [CLI], plugins: [entriesOfCli] });
}

const OPTIONS: BuildOptions = {
  absWorkingDir: projectDir,
  entryNames: '[name]',
  chunkNames: 'chunk-[hash]',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  // Names stay: they are in stack traces, and in what structures print. White space stays, because with
  // it goes the mark of calls without side effects, by which bundlers leave out what is not used.
  minifySyntax: true,
  logLevel: 'error',
};
