/** What the system knows of a connection. */
import { SIO_AF_UNIX_GETPEERPID } from '../../../defs/afunix.g.ts';
import { SIO_TCP_INFO, TCP_INFO_v0, TCP_INFO_v1, TCP_INFO_v2 } from '../../../defs/mstcpip.g.ts';
import { WSAEINVAL, WSAEOPNOTSUPP } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { WSAGetLastError, WSAIoctl } from '../calls/calls.ts';
import { check } from '../calls/check.ts';
import { withScratch } from '../calls/scratch.ts';

/** What TCP knows of a connection. Bytes and times are counted by the system. */
export interface TcpInfo {
  /** Of the TCP_INFO_v… that the system has filled in. */
  readonly version: 0 | 1 | 2;
  /** A TCPSTATE: TCPSTATE_ESTABLISHED is 4. */
  readonly state: number;
  /** The largest segment, in bytes. */
  readonly mss: number;
  /** Milliseconds since it was connected. */
  readonly connectionTime: number;
  /** Whether segments carry time stamps. */
  readonly timestampsEnabled: boolean;
  /** The round trip time, in microseconds. */
  readonly rtt: number;
  /** The shortest round trip so far, in microseconds. */
  readonly minRtt: number;
  /** Bytes sent that the peer has not acknowledged. */
  readonly bytesInFlight: number;
  /** The congestion window, in bytes. */
  readonly congestionWindow: number;
  /** The peer's window, in bytes. */
  readonly sendWindow: number;
  /** Our window, in bytes. */
  readonly receiveWindow: number;
  /** Bytes of the receive buffer. */
  readonly receiveBuffer: number;
  /** Bytes sent, with those that were sent again. */
  readonly bytesOut: number;
  /** Bytes received. */
  readonly bytesIn: number;
  /** Bytes received out of their order. */
  readonly bytesReordered: number;
  /** Bytes sent again. */
  readonly bytesRetransmitted: number;
  /** How often a loss was noticed by duplicate acknowledgements. */
  readonly fastRetransmits: number;
  /** Duplicate acknowledgements received. */
  readonly duplicateAcks: number;
  /** How often nothing was acknowledged in time. */
  readonly timeoutEpisodes: number;
  /** How often the connection was asked for again. */
  readonly synRetransmits: number;
  /**
   * From version 1 on: how sending was limited by the peer's window, by congestion, and by the program
   * itself, which had nothing to send.
   */
  readonly limitedBy?: {
    readonly receiver: SendLimit;
    readonly congestion: SendLimit;
    readonly sender: SendLimit;
  };
  /** From version 2 on: segments received out of their order. */
  readonly outOfOrderPackets?: number;
  /** From version 2 on: whether both ends tell each other of congestion by ECN. */
  readonly ecnNegotiated?: boolean;
  /** From version 2 on: acknowledgements received that told of congestion. */
  readonly eceAcks?: number;
  /** From version 2 on: how often the last segment was sent again to provoke an acknowledgement. */
  readonly probeTimeouts?: number;
}

/** How far something has held sending up. */
export interface SendLimit {
  /** How often. */
  readonly times: number;
  /** In milliseconds. */
  readonly duration: number;
  /** Bytes sent meanwhile. */
  readonly bytes: number;
}

const VERSIONS = [TCP_INFO_v0, TCP_INFO_v1, TCP_INFO_v2] as const;

/** The newest version that this system knows, once it has told one: until then it may know any. */
let newest: 0 | 1 | 2 = 2;

/** What a system says that knows no such version of the structure. */
const UNKNOWN_VERSION: readonly number[] = [WSAEINVAL, WSAEOPNOTSUPP];

/**
 * What TCP knows of a connection: SIO_TCP_INFO, in the newest version that the system has.
 *
 * @throws WinsockError, WSAEOPNOTSUPP before Windows 10 1703, on Wine, and where it is no socket of TCP
 */
export function tcpInfoOf(socket: number): TcpInfo {
  for (let version = newest; ; version--) {
    const found = ask(socket, version);
    if (typeof found !== 'number') {
      // Not where it fails: a socket that is none of TCP knows no version at all.
      newest = version;
      return found;
    }
    if (version === 0 || !UNKNOWN_VERSION.includes(found)) {
      throw new WinsockError(found, 'WSAIoctl(SIO_TCP_INFO)');
    }
  }
}

/** @returns a code where it fails */
function ask(socket: number, version: 0 | 1 | 2): TcpInfo | number {
  return withScratch(SCRATCH_BYTES, (address, bytes) => {
    new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).setUint32(0, version, true);
    const size = sizeof(VERSIONS[version]);
    const at = address + RESULT_AT;
    return WSAIoctl(socket, SIO_TCP_INFO, address, 4, at, size, address + 8, 0, 0) === 0
      ? read(version, bytes.slice(RESULT_AT, RESULT_AT + size))
      : WSAGetLastError();
  });
}

/** Where the structure goes; in front of it are the version that is asked for, and the count of bytes. */
const RESULT_AT = 16;
const SCRATCH_BYTES = RESULT_AT + 256;

function read(version: 0 | 1 | 2, bytes: Uint8Array<ArrayBuffer>): TcpInfo {
  const zero = new TCP_INFO_v0(bytes.buffer, bytes.byteOffset);
  const info = {
    version,
    state: zero.State,
    mss: zero.Mss,
    connectionTime: Number(zero.ConnectionTimeMs),
    timestampsEnabled: zero.TimestampsEnabled !== 0,
    rtt: zero.RttUs,
    minRtt: zero.MinRttUs,
    bytesInFlight: zero.BytesInFlight,
    congestionWindow: zero.Cwnd,
    sendWindow: zero.SndWnd,
    receiveWindow: zero.RcvWnd,
    receiveBuffer: zero.RcvBuf,
    bytesOut: Number(zero.BytesOut),
    bytesIn: Number(zero.BytesIn),
    bytesReordered: zero.BytesReordered,
    bytesRetransmitted: zero.BytesRetrans,
    fastRetransmits: zero.FastRetrans,
    duplicateAcks: zero.DupAcksIn,
    timeoutEpisodes: zero.TimeoutEpisodes,
    synRetransmits: zero.SynRetrans,
  };
  if (version === 0) return info;
  const one = new TCP_INFO_v1(bytes.buffer, bytes.byteOffset);
  const limitedBy = {
    receiver: limit(one.SndLimTransRwin, one.SndLimTimeRwin, one.SndLimBytesRwin),
    congestion: limit(one.SndLimTransCwnd, one.SndLimTimeCwnd, one.SndLimBytesCwnd),
    sender: limit(one.SndLimTransSnd, one.SndLimTimeSnd, one.SndLimBytesSnd),
  };
  if (version === 1) return { ...info, limitedBy };
  const two = new TCP_INFO_v2(bytes.buffer, bytes.byteOffset);
  return {
    ...info,
    limitedBy,
    outOfOrderPackets: two.OutOfOrderPktsIn,
    ecnNegotiated: two.EcnNegotiated !== 0,
    eceAcks: two.EceAcksIn,
    probeTimeouts: two.PtoEpisodes,
  };
}

function limit(times: number, duration: number, bytes: bigint): SendLimit {
  return { times, duration, bytes: Number(bytes) };
}

/**
 * The process at the other end of a Unix socket: SIO_AF_UNIX_GETPEERPID.
 *
 * @throws WinsockError, WSAEOPNOTSUPP on Wine and where it is no Unix socket
 */
export function peerProcessOf(socket: number): number {
  return withScratch(8, (address, bytes) => {
    const code = WSAIoctl(socket, SIO_AF_UNIX_GETPEERPID, 0, 0, address, 4, address + 4, 0, 0);
    check(code, 'WSAIoctl(SIO_AF_UNIX_GETPEERPID)');
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  });
}
