// Which module publishes a name, and the order in which modules are written.

import headers from '../data/headers.json' with { type: 'json' };
import { ERROR_CODES, KERNEL_CONSTANTS, KERNEL_FUNCTIONS } from '../overlays/kernel.ts';
import { FILE_TO_MODULE, KERNEL_MODULE, MODULES, RENAMED } from '../read/unit.ts';
import type { IrItem } from './ir.ts';
import { words } from './lists.ts';

const OWN = new Set(MODULES.map((module) => module.name));

/** Names that the Windows SDK has in another header than mingw-w64. */
const ASSIGNED = new Map<string, string>();
for (const [module, names] of Object.entries(headers)) {
  for (const name of names) ASSIGNED.set(name, module);
}

const FUNCTIONS = new Set(Object.values(KERNEL_FUNCTIONS).flatMap(words));
const ERRORS = new Set(ERROR_CODES);
const KERNEL = KERNEL_CONSTANTS.map((pattern) => new RegExp(`^${pattern.replace('*', '\\w+')}$`));

export function moduleOf(name: string, file: string, kind: IrItem['kind']): string | undefined {
  if (name.startsWith(RENAMED)) return undefined;
  if (kind === 'function' && FUNCTIONS.has(name)) return KERNEL_MODULE;
  if (file === 'winerror') return /^WSA/.test(name) || ERRORS.has(name) ? 'winerror' : undefined;
  // Of Bluetooth's own header only what sockets are opened by.
  if (file === 'bthdef') return kind === 'variable' && /_UUID$/.test(name) ? file : undefined;
  const assigned = ASSIGNED.get(name);
  if (assigned) return assigned;
  if (OWN.has(file)) return file;
  const module = FILE_TO_MODULE[file];
  if (module) return module;
  // The unsuffixed name of a function that comes in two variants is a macro.
  if (kind === 'constant' && FUNCTIONS.has(`${name}W`)) return KERNEL_MODULE;
  const isKernel = kind === 'constant' && KERNEL.some((pattern) => pattern.test(name));
  return isKernel ? KERNEL_MODULE : undefined;
}
