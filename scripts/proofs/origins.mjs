// Preloaded into the programs of the tests while their calls are counted (see record.ts): notes which
// DLL each function came from, by the path that Windows gives for it, so that a DLL of the tests that
// answers in place of the system's is told apart.
//
// Plain JavaScript because it is preloaded. It notes names when functions are bound and asks Windows
// at the end: calls of its own in between would change the last error of the program's.

import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

const folder = process.env.WINSOCK_CALLS;
if (folder && process.platform === 'win32') {
  // The native part: the package calls it, and not what koffi makes of it.
  observe(createRequire(import.meta.url)('koffi').default);
}

function observe(koffi) {
  /** Where to look for a function, by its name. */
  const places = new Map();
  const note = (name, place) => places.has(name) || places.set(name, place);
  const types = new Map();
  const { load, proto, decode } = koffi;

  koffi.load = (name, ...rest) => {
    const library = load.call(koffi, name, ...rest);
    const func = (...args) => {
      // func(convention, name, result, parameters)
      note(args[1], name);
      return library.func(...args);
    };
    return Object.create(library, { func: { value: func } });
  };
  koffi.proto = (...args) => {
    const type = proto.apply(koffi, args);
    types.set(type, args[1]);
    return type;
  };
  koffi.decode = (...args) => {
    const [address, type] = args;
    const name = types.get(type);
    if (name && typeof address === 'bigint') note(typeName(name), address);
    return decode.apply(koffi, args);
  };
  process.once('exit', () => {
    if (places.size === 0) return;
    const origins = Object.fromEntries([...places].map(([name, place]) => [name, moduleOf(place)]));
    const file = `origins-${process.pid}-${threadId}-${process.hrtime.bigint()}.json`;
    writeFileSync(join(folder, file), JSON.stringify({ origins }));
  });

  let kernel;
  function system() {
    if (kernel) return kernel;
    const library = load.call(koffi, 'kernel32.dll');
    kernel = {
      byName: library.func('intptr_t __stdcall GetModuleHandleW(const char16_t *name)'),
      byAddress: library.func(
        'int __stdcall GetModuleHandleExW(uint32_t flags, uint64_t address, _Out_ intptr_t *module)',
      ),
      path: library.func(
        'uint32_t __stdcall GetModuleFileNameW(intptr_t module, void *path, uint32_t length)',
      ),
    };
    return kernel;
  }

  function pathOf(module) {
    const path = Buffer.alloc(2 * 1024);
    const length = module ? system().path(module, path, 1024) : 0;
    return path.toString('utf16le', 0, 2 * length);
  }

  function moduleOf(place) {
    const { byName, byAddress } = system();
    if (typeof place === 'string') return pathOf(byName(place));
    const UNCHANGED_REFCOUNT_FROM_ADDRESS = 0x6;
    const module = [0];
    return byAddress(UNCHANGED_REFCOUNT_FROM_ADDRESS, place, module) ? pathOf(module[0]) : '';
  }
}

/** What lib/ffi/callbacks/callback.ts calls a function type: winsock_NAME_NUMBER. */
function typeName(name) {
  return name.replace(/^winsock_(.*)_\d+$/, '$1');
}
