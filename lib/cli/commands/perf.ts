export const PERF =
  'winsock perf [--help]             measures throughput and latency, with iperf3 or alone';

/** Whoever does not measure does not load what measures. */
export async function perf(args: readonly string[]): Promise<number> {
  const { runCommand } = await import('../../perf.ts');
  return runCommand(args);
}
