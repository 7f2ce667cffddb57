/** What a test has found, with the names that iperf3 has for it in its JSON. */
import type { PortStats } from '../transport.ts';

/** What one stream did in a while. */
export interface StreamRecord {
  readonly socket: number;
  readonly start: number;
  readonly end: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly bits_per_second: number;
  /** Whether this side sent. */
  readonly sender: boolean;
  readonly retransmits?: number;
  readonly snd_cwnd?: number;
  readonly snd_wnd?: number;
  /** Microseconds. */
  readonly rtt?: number;
  readonly max_snd_cwnd?: number;
  readonly max_snd_wnd?: number;
  readonly max_rtt?: number;
  readonly min_rtt?: number;
  readonly mean_rtt?: number;
  readonly packets?: number;
  readonly jitter_ms?: number;
  readonly lost_packets?: number;
  readonly lost_percent?: number;
  readonly out_of_order?: number;
  readonly omitted?: boolean;
}

/** What all streams of one direction did in a while. */
export type SumRecord = Omit<StreamRecord, 'socket'>;

export interface IntervalRecord {
  readonly streams: readonly StreamRecord[];
  readonly sum: SumRecord;
  /** What the server sent, where both send. */
  readonly sum_bidir_reverse?: SumRecord;
  /** Ours: what the system did meanwhile. */
  readonly winsock: SystemRecord;
}

/** What the system did in an interval. */
export interface SystemRecord {
  /** Processor time of this process in percent of one processor. */
  readonly cpu_percent: number;
  /** What the completion port did, where there is one. */
  readonly port?: PortStats;
}

export interface ConnectedRecord {
  readonly socket: number;
  readonly local_host: string;
  readonly local_port: number;
  readonly remote_host: string;
  readonly remote_port: number;
}

export interface StartRecord {
  readonly connected: readonly ConnectedRecord[];
  readonly version: string;
  readonly system_info: string;
  readonly timestamp: { readonly time: string; readonly timesecs: number };
  readonly connecting_to?: { readonly host: string; readonly port: number };
  readonly accepted_connection?: { readonly host: string; readonly port: number };
  readonly cookie: string;
  readonly title?: string;
  readonly extra_data?: string;
  readonly target_bitrate: number;
  readonly sock_bufsize: number;
  readonly test_start: {
    readonly protocol: 'TCP' | 'UDP';
    readonly num_streams: number;
    readonly blksize: number;
    readonly omit: number;
    readonly duration: number;
    readonly bytes: number;
    readonly blocks: number;
    readonly reverse: number;
    readonly tos: number;
    readonly target_bitrate: number;
    readonly bidir: number;
    readonly interval: number;
  };
  /** Ours: the model, the run time. */
  readonly winsock: { readonly model: string; readonly runtime: string };
}

export type EndStreamRecord =
  | { readonly sender: StreamRecord; readonly receiver: StreamRecord }
  | { readonly udp: StreamRecord };

export interface EndRecord {
  readonly streams: readonly EndStreamRecord[];
  /** Of datagrams: the receiver's loss and jitter with the sender's bytes. */
  readonly sum?: SumRecord;
  readonly sum_sent: SumRecord;
  readonly sum_received: SumRecord;
  readonly sum_bidir_reverse?: SumRecord;
  readonly sum_sent_bidir_reverse?: SumRecord;
  readonly sum_received_bidir_reverse?: SumRecord;
  readonly cpu_utilization_percent: {
    readonly host_total: number;
    readonly host_user: number;
    readonly host_system: number;
    readonly remote_total: number;
    readonly remote_user: number;
    readonly remote_system: number;
  };
  readonly sender_tcp_congestion?: string;
  readonly receiver_tcp_congestion?: string;
  /** Ours: what was compared byte by byte, and the port's figures of the whole test. */
  readonly winsock: EndSystemRecord;
}

export interface EndSystemRecord {
  readonly port?: PortStats;
  readonly verified?: readonly VerifiedRecord[];
  /** What does not fit together in the figures of both sides. */
  readonly warnings: readonly string[];
  /** Ctrl-C ended the test. */
  readonly interrupted: boolean;
}

export interface VerifiedRecord {
  readonly socket: number;
  readonly bytes: number;
  /** Where in the stream the first wrong byte was; none where all were right. */
  readonly first_wrong?: number;
}

/** A whole test. */
export interface Report {
  readonly start: StartRecord;
  readonly intervals: readonly IntervalRecord[];
  readonly end: EndRecord;
  readonly server_output_text?: string;
  readonly server_output_json?: unknown;
  /** Why it did not come to its end. */
  readonly error?: string;
}
