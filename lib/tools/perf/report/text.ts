/** A test as lines that a person reads, in iperf3's form. */
import { bytesText, durationText, rateText } from '../units.ts';
import type {
  EndRecord,
  IntervalRecord,
  Report,
  StartRecord,
  StreamRecord,
  SumRecord,
} from './types.ts';

type Line = Partial<StreamRecord> & SumRecord;

const RULE = '- - - - - - - - - - - - - - - - - - - - - - - - -';

function idText(socket: number | undefined, role: string): string {
  const id = socket === undefined ? 'SUM' : String(socket).padStart(3);
  return `[${id}]${role}`;
}

/** Where both send, each line says which of the two this side did. */
function roleText(record: SumRecord, start: StartRecord): string {
  if (!start.test_start.bidir) return '';
  return record.sender ? '[TX]' : '[RX]';
}

function isUdp(start: StartRecord): boolean {
  return start.test_start.protocol === 'UDP';
}

function columns(record: Line, start: StartRecord): string {
  const time = `${record.start.toFixed(2)}-${record.end.toFixed(2)}`.padStart(13);
  const moved = bytesText(record.bytes).padStart(12);
  const rate = rateText(record.bits_per_second).padStart(15);
  return `${idText(record.socket, roleText(record, start))} ${time} sec ${moved} ${rate}`;
}

function lossText({ packets, lost_packets, lost_percent, jitter_ms }: Line): string {
  if (packets === undefined) return '';
  if (lost_packets === undefined || jitter_ms === undefined) return `  ${packets}`;
  const percent = Number((lost_percent ?? 0).toPrecision(2));
  return `  ${jitter_ms.toFixed(3)} ms  ${lost_packets}/${packets} (${percent}%)`;
}

function tcpText({ retransmits, snd_cwnd, rtt }: Line): string {
  const parts = [
    retransmits === undefined ? '' : String(retransmits).padStart(5),
    snd_cwnd === undefined ? '' : bytesText(snd_cwnd).padStart(12),
    rtt === undefined ? '' : durationText(rtt).padStart(9),
  ];
  return parts.some((part) => part) ? `  ${parts.join(' ')}` : '';
}

export function startText(start: StartRecord): string {
  const { test_start: test, connected, winsock } = start;
  const lines = connected.map(
    ({ socket, local_host, local_port, remote_host, remote_port }) =>
      `[${String(socket).padStart(3)}] local ${local_host} port ${local_port} connected to ${remote_host} port ${remote_port}`,
  );
  const amount = test.bytes
    ? bytesText(test.bytes)
    : test.blocks
      ? `${test.blocks} blocks`
      : test.duration
        ? `${test.duration} s`
        : 'until Ctrl-C';
  const way = test.bidir ? ', both ways' : test.reverse ? ', the server sends' : '';
  const rate = test.target_bitrate ? `, ${rateText(test.target_bitrate)} each` : '';
  const omit = test.omit ? `, the first ${test.omit} s omitted` : '';
  lines.push(
    `${test.protocol}, ${test.num_streams} × ${bytesText(test.blksize)} blocks, ${amount}${way}${rate}${omit}; model ${winsock.model}, ${winsock.runtime}`,
  );
  return lines.join('\n');
}

/** The heads of the columns of intervals. */
export function headText(start: StartRecord): string {
  const { bidir, reverse } = start.test_start;
  const role = bidir ? '[Role]' : '';
  const sends = bidir || (reverse === 1) === 'accepted_connection' in start;
  const more = isUdp(start)
    ? sends && !bidir
      ? 'Datagrams'
      : 'Jitter     Lost/Datagrams'
    : sends
      ? ' Retr         Cwnd       RTT'
      : '';
  return `[ ID]${role} ${'Interval'.padEnd(17)} ${'Transfer'.padStart(12)} ${'Bitrate'.padStart(15)}  ${more}`.trimEnd();
}

/** One interval: a line for each stream, and their sum where there are several. */
export function intervalText(interval: IntervalRecord, start: StartRecord): string {
  const { streams, sum, sum_bidir_reverse: back, winsock } = interval;
  const { num_streams } = start.test_start;
  const many = num_streams > 1;
  const records: Line[] = [...streams, ...(many ? [sum] : []), ...(many && back ? [back] : [])];
  const port = winsock.port;
  const perBatch = port && port.batches > 0 ? (port.packets / port.batches).toFixed(1) : undefined;
  const system = [
    `CPU ${winsock.cpu_percent.toFixed(0)}%`,
    ...(perBatch ? [`${perBatch} packets a batch`] : []),
  ].join(', ');
  return records
    .map((record, index) => {
      const more = isUdp(start) ? lossText(record) : tcpText(record);
      const omitted = record.omitted ? '  (omitted)' : '';
      const tail = index === records.length - 1 ? `  ${system}` : '';
      return columns(record, start) + more + omitted + tail;
    })
    .join('\n');
}

function sidesOf(record: EndRecord['streams'][number]): [side: string, record: StreamRecord][] {
  if ('udp' in record) return [['', record.udp]];
  return [
    ['sender', record.sender],
    ['receiver', record.receiver],
  ];
}

/** A side of which nothing is known, because the other did not say. */
function isKnown(record: SumRecord): boolean {
  return record.seconds > 0;
}

function endLine(record: Line, side: string, start: StartRecord): string {
  const more = isUdp(start) ? lossText(record) : tcpText(record);
  return `${columns(record, start)}${more}${side ? `  ${side}` : ''}`;
}

/** The table at the end, and what else is worth knowing. */
export function endText(report: Report): string {
  const { start, end } = report;
  const { winsock: own, cpu_utilization_percent: cpu } = end;
  const lines: string[] = [];
  if (end.sum_sent.seconds > 0 || end.sum_received.seconds > 0) {
    lines.push(RULE, headText(start));
    const many = start.test_start.num_streams > 1;
    // Of datagrams a stream has one line, so where it is alone the sums say more.
    for (const stream of many || !isUdp(start) ? end.streams : []) {
      for (const [side, record] of sidesOf(stream)) {
        if (isKnown(record)) lines.push(endLine(record, side, start));
      }
    }
    const sums: [string, SumRecord | undefined][] = [
      ['sender', end.sum_sent],
      ['receiver', end.sum_received],
      ['sender', end.sum_sent_bidir_reverse],
      ['receiver', end.sum_received_bidir_reverse],
    ];
    if (many || isUdp(start)) {
      for (const [side, record] of sums) {
        if (record && isKnown(record)) lines.push(endLine(record, side, start));
      }
    }
    const percent = (value: number) => `${value.toFixed(1)}%`;
    const remote = cpu.remote_total > 0 ? `, there ${percent(cpu.remote_total)}` : '';
    lines.push(
      `CPU here ${percent(cpu.host_total)} (${percent(cpu.host_user)} user, ${percent(cpu.host_system)} system)${remote}`,
    );
  }
  const { port, verified, warnings, interrupted } = own;
  if (port && port.batches > 0) {
    lines.push(
      `completion port: ${port.packets} packets in ${port.batches} batches, ${port.wakeUps} wake-ups, ${port.inlineDequeues} taken inline, ${port.completedAtStart} completed at once`,
    );
  }
  for (const { socket, bytes, first_wrong } of verified ?? []) {
    const found = first_wrong === undefined ? 'all as sent' : `WRONG from byte ${first_wrong} on`;
    lines.push(`[${String(socket).padStart(3)}] compared ${bytesText(bytes)}: ${found}`);
  }
  for (const warning of warnings) lines.push(`warning: ${warning}`);
  if (interrupted) lines.push('ended by Ctrl-C');
  if (report.server_output_text !== undefined) {
    lines.push('', 'Server output:', report.server_output_text.trimEnd());
  }
  return lines.join('\n');
}

/** The whole report as text: what a server gives a client that asks for its output. */
export function reportText(report: Report): string {
  const { start, intervals } = report;
  return [
    startText(start),
    headText(start),
    ...intervals.map((interval) => intervalText(interval, start)),
    endText(report),
    '',
  ].join('\n');
}
