// Preloaded into the programs of the tests: has the process answered as Windows does, by as-windows.dll.
//
// WINSOCK_AS_WINDOWS names the differences that are switched on (see switches.c), separated by commas.
// Plain JavaScript because it is preloaded.

import { join } from 'node:path';

const { WINSOCK_AS_WINDOWS: differences, WINSOCK_TEST_DLLS: folder } = process.env;
if (differences && folder && process.platform === 'win32') {
  process.dlopen({ exports: {} }, join(folder, 'as-windows.dll'));
}
