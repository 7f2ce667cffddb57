// npm run proofs [-- --check]: docs/proofs.md, from a run of the tests on Windows.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from '../host/build.ts';
import { projectDir } from '../host/paths.ts';
import { differenceOf, missingHere, PAGE } from '../proofs/check.ts';
import { facts } from '../proofs/facts.ts';
import { proofsPage } from '../proofs/page.ts';
import { Recording } from '../proofs/record.ts';
import { findToolchain, runWindows, testFiles, windowsEnvironment } from './test.ts';

export async function run(args: string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--check');
  if (unknown) {
    console.error(`unknown argument '${unknown}'; there is: npm run proofs [-- --check]`);
    return 2;
  }
  await ensureBuilt();
  const env = await windowsEnvironment(await findToolchain());
  const recording = new Recording();
  let failed = 0;
  for (const file of testFiles('windows').filter((one) => recording.wants(one))) {
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
