/** The processor architectures whose C layouts are known, and the one this process runs on. */
export type Arch = 'x64' | 'arm64' | 'ia32';

export const ARCHITECTURES: readonly Arch[] = ['x64', 'arm64', 'ia32'];

/** Layouts of an architecture Windows does not have are those of x64, so that definitions work everywhere. */
export const hostArch: Arch =
  process.arch === 'ia32' || process.arch === 'arm64' ? process.arch : 'x64';

/** Bytes of a pointer on an architecture. */
export function pointerSize(arch: Arch): number {
  return arch === 'ia32' ? 4 : 8;
}
