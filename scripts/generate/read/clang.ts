// Runs the pinned compiler. Everything the generator knows comes from three of its outputs: the
// syntax tree as JSON, the preprocessor's record of macros, and LLVM IR for values and layouts.

import type { Arch } from '../model/ir.ts';
import { DEFINES } from './unit.ts';

/** Runs a program of the toolchain with `input` as its standard input. */
export type RunTool = (
  command: string[],
  input: string,
) => Promise<{ status: number; stdout: Buffer; stderr: string }>;

export interface Clang {
  syntaxTree(arch: Arch, unit: string): Promise<Buffer>;
  /** The preprocessed unit with its `#define` lines kept in place. */
  macros(arch: Arch, unit: string): Promise<string>;
  /** The unit as LLVM IR; `errors` has the numbers of the lines that do not compile. */
  compile(arch: Arch, unit: string): Promise<{ ir: string; errors: Set<number> }>;
}

const TARGETS: Record<Arch, string> = {
  x64: 'x86_64-w64-mingw32',
  ia32: 'i686-w64-mingw32',
  arm64: 'aarch64-w64-mingw32',
};

export interface ClangOptions {
  run: RunTool;
  /** The compiler and its own headers, by their paths inside the toolchain. */
  clang: string;
  resourceHeaders: string;
  windowsHeaders: string;
  /** Directories with headers of our own. */
  include: string[];
  /** Other macros than unit.ts has: fixtures stand alone. */
  defines?: string[];
}

export function createClang(options: ClangOptions): Clang {
  const common = (arch: Arch): string[] => [
    options.clang,
    '-target',
    TARGETS[arch],
    '-nostdinc',
    ...options.include.flatMap((dir) => ['-iquote', dir]),
    '-isystem',
    options.resourceHeaders,
    '-isystem',
    options.windowsHeaders,
    // Tagless records as members, as Microsoft's compiler has them; in plain C they would
    // silently have no size (INET_PORT_RESERVATION_INSTANCE).
    '-fms-extensions',
    '-std=gnu17',
    '-w',
    '-ferror-limit=0',
    ...(options.defines ?? DEFINES).map((define) => `-D${define}`),
    '-x',
    'c',
  ];

  async function run(arch: Arch, extra: string[], unit: string): Promise<Buffer> {
    const result = await options.run([...common(arch), ...extra, '-'], unit);
    if (result.status !== 0) {
      throw new Error(`clang failed for ${arch}:\n${result.stderr.slice(0, 4000)}`);
    }
    return result.stdout;
  }

  return {
    syntaxTree: (arch, unit) => run(arch, ['-fsyntax-only', '-Xclang', '-ast-dump=json'], unit),

    macros: async (arch, unit) => (await run(arch, ['-E', '-dD'], unit)).toString('utf8'),

    async compile(arch, unit) {
      const args = [...common(arch), '-O0', '-S', '-emit-llvm', '-o', '-', '-'];
      const result = await options.run(args, unit);
      const errors = new Set<number>();
      if (result.status !== 0) {
        for (const match of result.stderr.matchAll(/^<stdin>:(\d+):\d+: error/gm)) {
          errors.add(Number(match[1]));
        }
        if (errors.size === 0) throw new Error(`clang failed for ${arch}:\n${result.stderr}`);
      }
      return { ir: result.stdout.toString('utf8'), errors };
    },
  };
}
