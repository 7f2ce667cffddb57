/** The same program over a module of ours and over that of Node.js, for comparison. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Test } from 'tap';

/** What a program sees of an error. */
export function told(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const { code, errno, syscall, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const errors = error instanceof AggregateError ? { errors: error.errors.map(told) } : {};
  return { name, code, message, errno, syscall, address, port, ...errors };
}

/** Notes the events of an emitter, and what they tell. */
export function log(
  into: unknown[],
  name: string,
  emitter: NodeJS.EventEmitter,
  events: readonly string[],
): void {
  for (const event of events) {
    emitter.on(event, (...details: unknown[]) => {
      into.push([
        `${name} ${event}`,
        ...details.map((one) => (Buffer.isBuffer(one) ? one.toString() : told(one))),
      ]);
    });
  }
}

/** How many times as long a wait is when a program has given something else: what came late is no difference. */
const PATIENCE = [1, 10];

let patience = 1;
let hasWaited = false;

/** Waits for what no event tells of: what shall not come, or comes without a word. */
export function wait<T>(milliseconds: number, value?: T): Promise<T | undefined> {
  hasWaited = true;
  return pause(milliseconds * patience, value);
}

/** One program, and the ports that are others each time. */
export type Program<Module> = (module: Module, ports: number[]) => unknown;

async function outcome<Module>(program: Program<Module>, module: Module): Promise<unknown> {
  const ports: number[] = [];
  const result = (await program(module, ports)) ?? null;
  const named = (text: string) =>
    ports.reduce((sum, port, at) => sum.replaceAll(String(port), `<port ${at}>`), text);
  const text = JSON.stringify(result, (_, value) => {
    if (value === undefined) return 'undefined';
    if (typeof value === 'string') return named(value);
    return ports.includes(value) ? named(String(value)) : value;
  });
  return JSON.parse(text);
}

/** Runs programs over both, and compares what they give. */
export function compare<Module>(
  t: Test,
  modules: { ours: Module; nodes: Module },
  programs: Readonly<Record<string, Program<Module>>>,
): void {
  for (const [name, program] of Object.entries(programs)) {
    t.test(name, { timeout: 60_000 }, async (t) => {
      for (patience of PATIENCE) {
        hasWaited = false;
        const expected = await outcome(program, modules.nodes);
        const given = await outcome(program, modules.ours);
        const isSame = JSON.stringify(given) === JSON.stringify(expected);
        if (!isSame && hasWaited && patience !== PATIENCE.at(-1)) continue;
        t.same(given, expected);
        break;
      }
      patience = 1;
    });
  }
}
