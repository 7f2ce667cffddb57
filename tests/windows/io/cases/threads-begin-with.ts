import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { WorkerOptions } from 'node:worker_threads';

/**
 * Has every thread that is begun from here run a program of its own first.
 *
 * @param program JavaScript with `require`
 * @param data what it finds in its `workerData`, beside what that has
 */
export function threadsBeginWith(program: string, data: object = {}): void {
  const threads = createRequire(import.meta.url)('node:worker_threads');
  const Original = threads.Worker;
  threads.Worker = class extends Original {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const own = options.eval ? file : `import(${JSON.stringify(String(file))})`;
      const workerData = { ...options.workerData, ...data };
      super(`${program};\n${own}`, { ...options, workerData, eval: true });
    }
  };
  syncBuiltinESMExports();
}
