// The compiler and the headers, at the versions that the definitions are made from.

import path from 'node:path';
import { projectDir } from '../../host/system/paths.ts';
import { provision, runInRoot } from '../../host/wine/root.ts';
import { type Clang, createClang } from './clang.ts';

/** Debian 13's; another version of the headers gives other definitions. */
const HEADERS = '12.0.0';
const COMPILER = 19;

export const VERSIONS = `mingw-w64 ${HEADERS}`;

/** Installs the toolchain in the private root when it is missing. */
export async function openToolchain(): Promise<Clang> {
  const { packages } = await provision('toolchain');
  const headers = packages['mingw-w64-common'] ?? packages['mingw-w64-x86-64-dev'] ?? 'none';
  if (!headers.startsWith(`${HEADERS}-`)) {
    throw new Error(`the definitions are made from mingw-w64 ${HEADERS}, found ${headers}`);
  }
  return createClang({
    run: async (command, input) => {
      const { code, bytes, stderr } = await runInRoot(command, { cwd: projectDir, input });
      return { status: code, stdout: bytes, stderr };
    },
    clang: `/usr/bin/clang-${COMPILER}`,
    resourceHeaders: `/usr/lib/llvm-${COMPILER}/lib/clang/${COMPILER}/include`,
    windowsHeaders: '/usr/x86_64-w64-mingw32/include',
    include: [path.join(projectDir, 'scripts/generate')],
  });
}
