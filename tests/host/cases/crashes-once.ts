/** Starts a program that ends, the first time, as one does under which Wine's server crashes. */

import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { projectDir } from '../../../scripts/host/system/paths.ts';

const dir = process.env.WINSOCK_TEST_DIR ?? '';
const before = path.join(dir, 'crashed-before');
const program = path.join(dir, 'crashes.js');
const says = existsSync(before)
  ? ''
  : "console.error('wineserver crashed'); setInterval(() => {}, 1000);";
writeFileSync(before, '');
writeFileSync(program, says);
const main = path.join(projectDir, 'scripts/main.mjs');
t.equal(spawnSync(process.execPath, [main, 'start', program], { stdio: 'ignore' }).status, 0);
