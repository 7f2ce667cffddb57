// npm run proofs [-- [--check] [FILE…]]: docs/proofs.md, from a run of the tests on Windows.

import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from '../host/build/build.ts';
import { projectDir } from '../host/system/paths.ts';
import { differenceOf, missingHere, PAGE } from '../proofs/check.ts';
import { facts } from '../proofs/facts.ts';
import { proofsPage } from '../proofs/page.ts';
import { Recording } from '../proofs/record.ts';
import { findToolchain, windowsEnvironment } from '../test/environment.ts';
import { runWindows, testFiles } from './test.ts';

const usage = `npm run proofs                           runs the tests that are about a group, and writes the page
npm run proofs -- --check                compares the page instead of writing it
npm run proofs -- [--check] FILE…        runs these test files and those that have changed since they
                                         last ran; the others have shown what they showed then`;

export async function run(args: string[]): Promise<number> {
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const chosen = args.filter((one) => one !== '--check').map((one) => path.resolve(cwd, one));
  const unknown = chosen.find((file) => !existsSync(file));
  if (unknown) {
    console.error(`there is no file ${unknown}.\n\n${usage}`);
    return 2;
  }
  if (process.platform !== 'linux') {
    console.error('The page says what Wine has answered, so it is made on Linux.');
    return 1;
  }
  await ensureBuilt();
  const env = await windowsEnvironment(await findToolchain());
  const recording = new Recording();
  let failed = 0;
  for (const file of testFiles('windows').filter((one) => recording.wants(one))) {
    if (chosen.length > 0 && !chosen.includes(file) && recording.recall(file)) continue;
    console.log(path.relative(projectDir, file));
    const result = await runWindows(file, undefined, { ...env, ...recording.environment(file) });
    recording.add(file, result);
    for (const { name } of result.failures) console.error(`  failed: ${name}`);
    failed += result.failures.length;
  }
  const evidence = recording.finish();
  if (failed > 0) {
    console.error('Tests have failed, so nothing is said of what they show.');
    return 1;
  }
  const missing = missingHere(evidence);
  if (missing.length > 0) {
    console.error(`This computer cannot run all of the tests:\n  ${missing.join('\n  ')}`);
    return 1;
  }
  if (!args.includes('--check')) {
    writeFileSync(PAGE, proofsPage(facts(), evidence));
    console.log(`${path.relative(projectDir, PAGE)} written`);
    return 0;
  }
  const difference = differenceOf(evidence);
  console.log(difference ?? 'docs/proofs.md is what the tests have shown');
  return difference === undefined ? 0 : 1;
}
