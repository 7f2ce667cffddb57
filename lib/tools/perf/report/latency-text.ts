/** A test of latency as lines that a person reads. */
import type { Bar } from '../latency/histogram.ts';
import type { LatencyPhase, LatencyReport } from '../latency/latency.ts';
import type { SecondOfRequests } from '../latency/requests.ts';
import { bytesText, countText, durationText, rateText } from '../units.ts';

const WIDEST_BAR = 40;

export function secondText(phase: string, second: SecondOfRequests): string {
  const { start, end, requests, p50, p99, max } = second;
  const time = `${start.toFixed(2)}-${end.toFixed(2)}`.padStart(13);
  const rate = `${countText(requests / (end - start))}/s`.padStart(12);
  const times = [p50, p99, max].map((value) => durationText(value).padStart(10)).join(' ');
  return `${phase.padEnd(10)} ${time} sec ${rate} ${times}`;
}

export function secondHead(): string {
  const times = ['p50', 'p99', 'max'].map((name) => name.padStart(10)).join(' ');
  return `${''.padEnd(10)} ${'Interval'.padEnd(17)} ${'answers'.padStart(12)} ${times}`;
}

function barsText(bars: readonly Bar[]): string[] {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return bars.map(({ from, to, count }) => {
    const range = `${durationText(from)} – ${durationText(to)}`.padStart(24);
    const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * WIDEST_BAR));
    return `${range} ${countText(count).padStart(12)} ${'█'.repeat(length)}`.trimEnd();
  });
}

function phaseText(phase: LatencyPhase): string[] {
  const { name, seconds, count, perSecond, unanswered, latency, load } = phase;
  const what = name === 'held' || name === 'connections' ? 'connections' : 'answers';
  const lines = [
    `${name}: ${countText(count)} ${what} in ${seconds.toFixed(2)} s, ${countText(perSecond)} a second`,
  ];
  if (load) lines.push(`  beside ${rateText(load.bits_per_second)} of load`);
  if (unanswered > 0) lines.push(`  ${countText(unanswered)} had no answer when the time was over`);
  if (phase.bytesEach !== undefined) {
    lines.push(`  ${bytesText(Math.max(0, phase.bytesEach))} of memory each on this side`);
  }
  const { min, mean, p50, p90, p99, p999, max } = latency;
  const figures = Object.entries({ min, p50, p90, p99, 'p99.9': p999, max, mean });
  lines.push(`  ${figures.map(([label, value]) => `${label} ${durationText(value)}`).join('   ')}`);
  return [...lines, ...barsText(latency.bars)];
}

export function latencyText(report: LatencyReport): string {
  const { cpu, requestRate, interrupted } = report;
  const lines = report.phases.flatMap((phase) => [...phaseText(phase), '']);
  const hasRequests = report.phases.some(({ intervals }) => intervals.length > 0);
  if (requestRate > 0) {
    lines.push(
      `offered: ${countText(requestRate)} requests a second; latency counts from when each was due`,
    );
  } else if (hasRequests) {
    lines.push(
      'the next request goes when the answer has come; --request-rate offers a fixed load',
    );
  }
  const { host, remote } = cpu;
  lines.push(
    `CPU here ${host.toFixed(1)}%, there ${remote.toFixed(1)}%; model ${report.model}, ${report.runtime}`,
  );
  if (interrupted) lines.push('ended by Ctrl-C');
  return lines.join('\n');
}
