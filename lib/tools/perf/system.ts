/** What the system says of a test: its processor time, and TCP's own figures of a connection. */

/** TCP's figures of a connection, from SIO_TCP_INFO. */
export interface TcpFigures {
  /** Round-trip time in microseconds, and the least so far. */
  readonly rtt: number;
  readonly minRtt: number;
  /** The congestion window and the peer's window in bytes. */
  readonly congestionWindow: number;
  readonly sendWindow: number;
  readonly segmentSize: number;
  /** Bytes sent again so far, and how many segments these were at least. */
  readonly bytesRetransmitted: number;
  readonly retransmits: number;
  /** How often a retransmission timer ran out. */
  readonly timeouts: number;
}

/** Reads TCP's figures of a SOCKET; `undefined` where the system has none. */
export type FiguresReader = (socket: number) => TcpFigures | undefined;

/** How to read TCP's figures here. Windows has them since 10, version 1703. */
export async function figuresReader(): Promise<FiguresReader | undefined> {
  if (process.platform !== 'win32') return undefined;
  const { DWORD, ref, SIO_TCP_INFO, SOCKET_ERROR, sizeof, TCP_INFO_v0, WSAIoctl } = await import(
    '../../index.ts'
  );
  const version = ref(DWORD, 0);
  const info = new TCP_INFO_v0();
  const bytes = ref(DWORD);
  return (socket) => {
    const size = [sizeof(DWORD), sizeof(TCP_INFO_v0)] as const;
    const result = WSAIoctl(
      socket as Parameters<typeof WSAIoctl>[0],
      SIO_TCP_INFO,
      version,
      size[0],
      info,
      size[1],
      bytes,
      null,
      null,
    );
    return result === SOCKET_ERROR ? undefined : figuresOf(info);
  };
}

interface InfoFields {
  readonly Mss: number;
  readonly RttUs: number;
  readonly MinRttUs: number;
  readonly Cwnd: number;
  readonly SndWnd: number;
  readonly BytesRetrans: number;
  readonly TimeoutEpisodes: number;
}

/** The figures in a TCP_INFO_v0. */
export function figuresOf(info: InfoFields): TcpFigures {
  const { Mss, BytesRetrans } = info;
  return {
    rtt: info.RttUs,
    minRtt: info.MinRttUs,
    congestionWindow: info.Cwnd,
    sendWindow: info.SndWnd,
    segmentSize: Mss,
    bytesRetransmitted: BytesRetrans,
    // Windows counts bytes where iperf3 counts segments.
    retransmits: Mss > 0 ? Math.ceil(BytesRetrans / Mss) : 0,
    timeouts: info.TimeoutEpisodes,
  };
}

/** Processor time of this process, as percent of one processor. */
export interface ProcessorUse {
  readonly total: number;
  readonly user: number;
  readonly system: number;
}

/** Begins to count processor time; what it gives tells how much was used since. */
export function processorMeter(): () => ProcessorUse {
  const before = process.cpuUsage();
  const started = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const microseconds = Math.max(1, (performance.now() - started) * 1000);
    const percent = (spent: number) => (100 * spent) / microseconds;
    return { total: percent(user + system), user: percent(user), system: percent(system) };
  };
}
