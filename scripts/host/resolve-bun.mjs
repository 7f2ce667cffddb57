// Preloaded into Bun (`--preload`): `winsock` and its subpaths are this package, wherever the importing
// file lies.

import path from 'node:path';

const project = path.resolve(import.meta.dir, '../..');

Bun.plugin({
  name: 'winsock',
  setup(build) {
    build.onResolve({ filter: /^winsock(\/|$)/ }, ({ path: specifier }) => ({
      path: Bun.resolveSync(specifier, project),
    }));
  },
});
