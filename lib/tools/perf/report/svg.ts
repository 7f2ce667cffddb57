/** Pictures of a test: rate and latency over time. */
import type { LatencyReport } from '../latency/latency.ts';
import { countText, durationText, rateText } from '../units.ts';
import { COLORS, chart, type Panel, type Series } from './chart.ts';
import type { IntervalRecord, Report, SumRecord } from './types.ts';

type Values = (interval: IntervalRecord) => number | undefined;

/** A value stands at the end of its interval; omitted time is before zero, so it is shifted. */
function seriesOf(report: Report, name: string, color: string, value: Values): Series {
  const omitted = report.start.test_start.omit;
  const points = report.intervals.flatMap((interval) => {
    const found = value(interval);
    const at = interval.sum.omitted ? interval.sum.end : interval.sum.end + omitted;
    return found === undefined ? [] : [[at, found] as const];
  });
  return { name, color, points };
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const given = values.filter((value) => value !== undefined);
  return given.length > 0 ? given.reduce((sum, one) => sum + one, 0) / given.length : undefined;
}

/** The direction that this side receives, which is the one whose loss it knows. */
function receivedOf({ sum, sum_bidir_reverse: back }: IntervalRecord): SumRecord | undefined {
  return sum.sender ? back : sum;
}

export function throughputPicture(report: Report): string {
  const { start, end } = report;
  const { test_start: test } = start;
  const [first, second, third] = COLORS;
  const rate = (sum: SumRecord | undefined) => sum?.bits_per_second;
  const way = (sends: boolean) => (sends ? 'sent' : 'received');
  const sends = report.intervals[0]?.sum.sender ?? true;
  const rates = [seriesOf(report, way(sends), first, ({ sum }) => rate(sum))];
  if (test.bidir) {
    const back: Values = ({ sum_bidir_reverse }) => rate(sum_bidir_reverse);
    rates.push(seriesOf(report, way(!sends), second, back));
  }
  const panels: Panel[] = [
    { title: 'Rate of all streams', format: rateText, series: rates },
    {
      title: 'Round-trip time of TCP, mean of the streams',
      format: durationText,
      series: [
        seriesOf(report, 'RTT', third, ({ streams }) => mean(streams.map(({ rtt }) => rtt))),
      ],
    },
    {
      title: 'Jitter',
      format: durationText,
      series: [
        seriesOf(report, 'jitter', third, (interval) => {
          const milliseconds = receivedOf(interval)?.jitter_ms;
          return milliseconds === undefined ? undefined : milliseconds * 1000;
        }),
      ],
    },
    {
      title: 'Lost datagrams',
      format: (value) => `${value.toFixed(1)} %`,
      series: [seriesOf(report, 'lost', COLORS[3], (one) => receivedOf(one)?.lost_percent)],
    },
    {
      title: 'Processor time of this side',
      format: (value) => `${value.toFixed(0)} %`,
      series: [seriesOf(report, 'CPU', second, ({ winsock }) => winsock.cpu_percent)],
    },
  ];
  const place = start.connecting_to ?? start.accepted_connection;
  const title = `${test.protocol} ${start.connecting_to ? 'to' : 'from'} ${place?.host}, port ${place?.port}`;
  const total = rateText(end.sum_received.bits_per_second || end.sum_sent.bits_per_second);
  const note = `${total}; ${test.num_streams} × ${test.blksize} bytes, model ${start.winsock.model}, ${start.winsock.runtime}, ${start.timestamp.time}`;
  return chart(title, note, panels);
}

export function latencyPicture(report: LatencyReport): string {
  const names = ['p50', 'p99', 'max'] as const;
  const panels = report.phases.flatMap(({ name, intervals }): Panel[] => [
    {
      title: `Latency, ${name}`,
      logarithmic: true,
      format: durationText,
      series: names.map((key, index) => ({
        name: key,
        color: COLORS[index]!,
        points: intervals.map((interval) => [interval.end, interval[key]] as const),
      })),
    },
    {
      title: `Answers a second, ${name}`,
      format: countText,
      series: [
        {
          name: 'answers',
          color: COLORS[0],
          points: intervals.map(
            ({ start, end, requests }) => [end, requests / (end - start)] as const,
          ),
        },
      ],
    },
  ]);
  const offered = report.requestRate > 0 ? `, ${countText(report.requestRate)}/s offered` : '';
  const note = `${report.connections} connections, ${report.size} bytes${offered}; model ${report.model}, ${report.runtime}`;
  return chart(`Latency to ${report.host}, port ${report.port}`, note, panels);
}
