/** The same program over a module of ours and over that of Node.js, for comparison. */
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
    t.test(name, { timeout: 30_000 }, async (t) => {
      const expected = await outcome(program, modules.nodes);
      t.same(await outcome(program, modules.ours), expected);
    });
  }
}
