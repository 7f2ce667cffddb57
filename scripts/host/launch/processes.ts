// Finds the Unix processes that belong to one run. Wine's processes are not our descendants (Wine
// detaches them), so they are known by a variable in their environment.

import { readdirSync, readFileSync } from 'node:fs';

/** In the environment of everything that is started for a run. */
export const marker = 'WINSOCK_RUN';

export interface UnixProcess {
  pid: number;
  argv0: string;
}

/**
 * Whether a process is part of Wine itself: it may have been started by the run, but serves all
 * programs of the prefix and ends on its own.
 */
export function isWineService(argv0: string): boolean {
  const name = argv0.split(/[\\/]/).pop()?.toLowerCase() ?? '';
  if (/^wineserver(32|64)?$/.test(name)) return true;
  const system = /^c:\\windows\\(system32|syswow64)\\/i.test(argv0);
  return (
    system &&
    /^(services|explorer|winedevice|plugplay|svchost|rpcss|wineboot|winemenubuilder|tabtip)\.exe$/.test(
      name,
    )
  );
}

/** Whether the environment of a process, as in /proc/PID/environ, has the marker of the run. */
export function hasMarker(environ: string, run: string): boolean {
  return `\0${environ}`.includes(`\0${marker}=${run}\0`);
}

/** The processes of a run that are alive, without Wine's own services and without ourselves. */
export function processesOf(run: string, proc = '/proc'): UnixProcess[] {
  const found: UnixProcess[] = [];
  for (const name of readdirSync(proc)) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      // Latin-1 keeps every byte, whatever the encoding.
      if (!hasMarker(readFileSync(`${proc}/${name}/environ`, 'latin1'), run)) continue;
      const argv0 = readFileSync(`${proc}/${name}/cmdline`, 'latin1').split('\0')[0] ?? '';
      if (argv0 && !isWineService(argv0)) found.push({ pid, argv0 });
    } catch {
      // It has ended meanwhile, or belongs to another user.
    }
  }
  return found;
}

/** Kills all processes of a run, also those that are started while this goes on. */
export async function killRun(run: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const alive = processesOf(run);
    if (alive.length === 0) return;
    for (const { pid } of alive) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
