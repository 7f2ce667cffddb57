import { Box } from '../memory/memory.ts';

/** The number of the last error of the C library. */
export const errno: Box<number> = new Box(0);

const CODES: Readonly<Record<string, number>> = {
  ENOENT: 2,
  EBADF: 9,
  EACCES: 13,
  EPERM: 13,
  EEXIST: 17,
  ENOTDIR: 2,
  EISDIR: 13,
  EINVAL: 22,
};

/** Notes what a call of the system failed with. */
export function failed(error: unknown): void {
  errno.value = CODES[(error as NodeJS.ErrnoException).code ?? ''] ?? 22;
}
