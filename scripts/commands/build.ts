import { ensureBuilt } from '../host/build/build.ts';

export async function run(): Promise<number> {
  await ensureBuilt();
  return 0;
}
