import { workerThreads } from './builtins.ts';

/**
 * Memory that a thread shares with all that it begins, and they with theirs, by its name.
 *
 * @param count of 32 bits each
 * @param mayMake whether this thread makes it where none of those that it was begun by has
 * @returns undefined where there is none
 */
export function sharedWords(name: string, count: number, mayMake: boolean): Int32Array | undefined {
  const { getEnvironmentData, setEnvironmentData } = workerThreads();
  let memory: unknown = getEnvironmentData(name);
  if (!(memory instanceof SharedArrayBuffer)) {
    if (!mayMake) return undefined;
    memory = new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT);
    setEnvironmentData(name, memory as SharedArrayBuffer);
  }
  return new Int32Array(memory as SharedArrayBuffer);
}
