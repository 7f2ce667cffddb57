/** What is measured. */

export type Mode = 'echo' | 'lone' | 'source' | 'sink' | 'rate' | 'udp';

export interface Scenario {
  readonly name: string;
  readonly mode: Mode;
  readonly connections: number;
  readonly bytes: number;
  /** Part of `--quick`. */
  readonly quick?: true;
}

export const OFFSET: Record<Mode, number> = {
  echo: 0,
  lone: 0,
  rate: 0,
  source: 1,
  sink: 2,
  udp: 3,
};

export function sizeName(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KiB`;
}

const QUICK_ECHO = new Set(['1 64', '16 64', '16 16384', '16 65536', '16 262144', '128 1024']);

function echoes(): Scenario[] {
  return [1, 16, 128].flatMap((connections) =>
    [64, 1024, 16384, 65536, 262144].map((bytes): Scenario => {
      const name = `echo, ${connections} × ${sizeName(bytes)}`;
      const quick = QUICK_ECHO.has(`${connections} ${bytes}`) ? { quick: true as const } : {};
      return { name, mode: 'echo', connections, bytes, ...quick };
    }),
  );
}

export const SCENARIOS: readonly Scenario[] = [
  ...echoes(),
  { name: 'lone message', mode: 'lone', connections: 1, bytes: 64, quick: true },
  { name: 'connections', mode: 'rate', connections: 16, bytes: 64, quick: true },
  { name: 'bulk to 1 client', mode: 'source', connections: 1, bytes: 65536 },
  { name: 'bulk to 16 clients', mode: 'source', connections: 16, bytes: 65536, quick: true },
  { name: 'bulk from 1 client', mode: 'sink', connections: 1, bytes: 65536 },
  { name: 'bulk from 16 clients', mode: 'sink', connections: 16, bytes: 65536, quick: true },
  { name: 'datagrams, 1 in flight', mode: 'udp', connections: 1, bytes: 64, quick: true },
  { name: 'datagrams, 16 in flight', mode: 'udp', connections: 16, bytes: 64, quick: true },
];

/** What is measured of connections that do nothing. */
export const IDLE = 'idle connections';

export interface Contender {
  readonly id: string;
  readonly name: string;
  /** A script of bench/servers for a run time, or the C program. */
  readonly runtime?: 'node22' | 'node24' | 'node26' | 'bun';
  readonly script?: string;
  /** For the run time itself. */
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  /** What it does, where that is not everything. */
  readonly modes?: readonly Mode[];
  readonly quick?: true;
}

export const CONTENDERS: readonly Contender[] = [
  { id: 'net', name: 'node:net', runtime: 'node24', script: 'net.ts', quick: true },
  { id: 'wrapper', name: 'winsock', runtime: 'node24', script: 'wrapper.ts', quick: true },
  {
    id: 'events',
    name: 'winsock, data events',
    runtime: 'node24',
    script: 'wrapper.ts',
    args: ['events'],
  },
  {
    id: 'wait',
    name: 'winsock, waitFor',
    runtime: 'node24',
    script: 'wrapper.ts',
    args: ['wait'],
    modes: ['echo', 'lone', 'udp'],
    quick: true,
  },
  { id: 'raw', name: 'winsock, raw operations', runtime: 'node24', script: 'raw.ts', quick: true },
  {
    id: 'bare',
    name: 'koffi, no event loop',
    runtime: 'node24',
    script: 'bare.ts',
    modes: ['echo', 'lone', 'rate', 'udp'],
  },
  { id: 'c', name: 'C', quick: true },
  { id: 'c-noskip', name: 'C without skip', args: ['noskip'] },
  {
    id: 'c-nogather',
    name: 'C, each chunk alone',
    args: ['nogather'],
    modes: ['source'],
    quick: true,
  },
  { id: 'bun', name: 'Bun.listen', runtime: 'bun', script: 'bun.ts', quick: true },
  { id: 'wrapper-bun', name: 'winsock on Bun', runtime: 'bun', script: 'wrapper.ts' },
];
