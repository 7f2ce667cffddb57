/** Processor time and memory of a server and of what works for it, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Processes whose environment has a text. */
export function withEnvironment(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(text))
    .map(Number);
}

export function commandOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

/** Processor time of all their threads, in seconds. */
export function processorTime(pids: readonly number[]): number {
  const nanoseconds = pids
    .flatMap(threadsOf)
    .map((task) => Number.parseInt(read(`${task}/schedstat`), 10));
  return nanoseconds.reduce((sum, one) => sum + (one || 0), 0) / 1e9;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  } catch {
    // It has ended.
    return [];
  }
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}
