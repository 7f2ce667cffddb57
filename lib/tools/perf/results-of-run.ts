import type { Results } from './protocol/results.ts';
import { resultsOfStream } from './report/records.ts';
import type { Run } from './run.ts';
import type { TestSettings } from './settings.ts';
import type { Stream } from './streams/stream.ts';

/** What this side tells the other at the end. */
export function ownResults(
  streams: readonly Stream[],
  run: Run,
  settings: TestSettings,
  output?: string,
): Results {
  const sends = streams.some((stream) => stream.sends);
  const counts = streams.some((stream) => stream.figures.length > 0);
  const { total, user, system } = run.cpu;
  return {
    cpu_util_total: total,
    cpu_util_user: user,
    cpu_util_system: system,
    sender_has_retransmits: sends ? (counts ? 1 : 0) : -1,
    ...(output !== undefined && { server_output_text: output }),
    streams: streams.map((stream) => resultsOfStream(stream, run.seconds, settings.verify)),
  };
}
