/** Where a server spends its time, by function. */
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../../host/system/error.ts';
import { cacheDir, toWindowsPath } from '../../host/system/paths.ts';
import type { BenchArguments } from '../arguments.ts';
import { CONTENDERS, type Contender } from '../plan.ts';
import { benchWine } from '../servers.ts';
import { OwnServer, rehearse, type Stage, stage } from './server.ts';
import { WORKS, type Work } from './works.ts';

/** What the inspector writes: https://chromedevtools.github.io/devtools-protocol/tot/Profiler */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** When the profile begins and ends, in seconds from the start of the server. */
const FROM = 3;
const TO = 18;
/** How many functions the table has. */
const ROWS = 30;

/**
 * Profiles a server at work.
 *
 * @returns the file with the profile, for Chromium's performance panel and others
 */
async function profileOf(contender: Contender, work: Work, stage: Stage): Promise<string> {
  const file = path.join(cacheDir(), 'bench', `${contender.id}.cpuprofile`);
  rmSync(file, { force: true });
  const began = Date.now();
  const server = await OwnServer.start(contender, stage, [], {
    WINSOCK_OWN_PROFILE: stage.wine ? toWindowsPath(file) : file,
    WINSOCK_OWN_SECONDS: `${FROM} ${TO}`,
  });
  try {
    const count = await rehearse(server, work, 0.1);
    while (Date.now() - began < (TO + 1) * 1000) await server.run(work, count);
    // The profile is written between two turns of the event loop.
    for (let tries = 0; !existsSync(file) && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  } finally {
    server.stop();
  }
  if (!existsSync(file)) throw new HostError(`${contender.name} has written no profile.`);
  return file;
}

/** Profiles those who are asked for, and prints where their time goes. */
export async function profiles(asked: BenchArguments, directory: string): Promise<void> {
  const on = await stage(await benchWine());
  const wanted = asked.contenders.length > 0 ? asked.contenders : ['wrapper', 'events'];
  const work = WORKS.find(({ name }) => asked.only.every((text) => name.includes(text)))!;
  for (const contender of CONTENDERS.filter(({ id }) => wanted.includes(id))) {
    if (!contender.runtime?.startsWith('node')) continue;
    const file = path.join(directory, `${contender.id}.cpuprofile`);
    copyFileSync(await profileOf(contender, work, on), file);
    console.log(`${contender.name}, ${work.name}: ${file}\n${profileTable(file)}`);
  }
}

/** A profile as a table: the share of time that each function itself has taken. */
function profileTable(file: string): string {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url ? `${path.posix.basename(url)}:${lineNumber + 1}` : '';
      return [id, `${functionName || '(anonymous)'}\t${place}`];
    }),
  );
  const times = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((id, at) => {
    const name = names.get(id)!;
    // Starting and stopping the profile is none of the server's.
    if (name.startsWith('(idle)') || name.startsWith('post\tnode:inspector')) return;
    const time = profile.timeDeltas[at] ?? 0;
    total += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  const rows = [...times].sort(([, a], [, b]) => b - a).slice(0, ROWS);
  const lines = rows.map(([name, time]) => {
    const [what = '', place = ''] = name.split('\t');
    return `${((100 * time) / total).toFixed(1).padStart(6)} %  ${what.padEnd(36)} ${place}`;
  });
  return `${lines.join('\n')}\n`;
}
