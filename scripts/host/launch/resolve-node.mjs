// Preloaded into Node (`--import`): `winsock` and its subpaths are this package, wherever the importing
// file lies; and for tests, `tap` is the one file that WINSOCK_TAP names (see scripts/test/tap-bundle.ts).

import { registerHooks } from 'node:module';

const self = new URL('../../../package.json', import.meta.url).href;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const { WINSOCK_TAP } = process.env;
    if (specifier === 'tap' && WINSOCK_TAP) {
      return { url: WINSOCK_TAP, format: 'module', shortCircuit: true };
    }
    const ours = specifier === 'winsock' || specifier.startsWith('winsock/');
    // As if from inside the package, which resolves its own name by its exports.
    return nextResolve(specifier, ours ? { ...context, parentURL: self } : context);
  },
});

// Scripts outside of a package are what this is for, and so is TypeScript on Node 22.
const emitWarning = process.emitWarning;
process.emitWarning = function (warning, ...rest) {
  const text = String(warning?.message ?? warning);
  const code = warning?.code ?? rest[0]?.code ?? rest[1];
  if (text.startsWith('Type Stripping is an experimental feature')) return;
  if (code === 'MODULE_TYPELESS_PACKAGE_JSON') return;
  emitWarning.call(this, warning, ...rest);
};
