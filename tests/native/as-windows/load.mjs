// Preloaded into the programs of the tests: has the process answered as Windows does, by as-windows.dll.
//
// WINSOCK_AS_WINDOWS names the differences that are switched on (see switches.c), separated by commas.
// Plain JavaScript because it is preloaded.

import { createRequire } from 'node:module';
import { join } from 'node:path';

const differences = process.env.WINSOCK_AS_WINDOWS;
const folder = process.env.WINSOCK_TEST_DLLS;
if (differences && folder && process.platform === 'win32') {
  const library = createRequire(import.meta.url)('koffi').load(join(folder, 'as-windows.dll'));
  if (library.func('int AnswerAsWindows(const char *differences)')(differences) === 1) {
    throw new Error(`WINSOCK_AS_WINDOWS: one of ${differences} is unknown`);
  }
}
