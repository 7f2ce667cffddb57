// npm run docs [-- DIR]: builds the documentation site, into site/ by default.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSite } from '../docs/site.ts';
import { ensureBuilt } from '../host/build/build.ts';
import { HostError } from '../host/system/error.ts';
import { projectDir } from '../host/system/paths.ts';

const usage = 'npm run docs [-- DIR]     builds the documentation site into DIR, or into site/';

export async function run(args: string[]): Promise<number> {
  const [wanted = 'site', ...more] = args;
  if (more.length > 0 || wanted.startsWith('-')) {
    console.log(usage);
    return /^(-h|--help)$/.test(wanted) ? 0 : 2;
  }
  const dir = path.resolve(wanted === 'site' ? projectDir : (process.env.INIT_CWD ?? '.'), wanted);
  // The directory is emptied first: it must be one that this command has made.
  if (
    existsSync(dir) &&
    readdirSync(dir).length > 0 &&
    !existsSync(path.join(dir, 'assets/search.js'))
  ) {
    throw new HostError(`${dir} holds something else; name a new directory.`);
  }
  await ensureBuilt();
  const { pages, warnings } = await buildSite(dir);
  for (const warning of warnings) console.error(`winsock: ${warning}`);
  console.log(`${pages} pages: ${pathToFileURL(path.join(dir, 'index.html')).href}`);
  return warnings.length > 0 ? 1 : 0;
}
