// Preloaded into Bun (`--preload`): `winsock` and its subpaths are this package, wherever the importing
// file lies. Bun does not ask a plugin's onResolve about bare names at run time, so each entry point is
// declared as a module.

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const project = path.resolve(import.meta.dir, '../../..');
const manifest = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8'));

Bun.plugin({
  name: 'winsock',
  setup(build) {
    for (const [subpath, target] of Object.entries(manifest.exports)) {
      const file = path.join(project, target.default ?? target);
      if (!file.endsWith('.js') || !existsSync(file)) continue;
      build.module(path.posix.join('winsock', subpath), async () => ({
        exports: await import(file),
        loader: 'object',
      }));
    }
  },
});
