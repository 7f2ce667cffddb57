/** A capture: the packets that the calls of a program would have been on the wire. */
import { arch, release, type as systemName } from 'node:os';
import {
  WSAECONNABORTED,
  WSAECONNREFUSED,
  WSAECONNRESET,
  WSAENETRESET,
  WSAETIMEDOUT,
  WSAEWOULDBLOCK,
} from '../../../../defs/winerror.g.ts';
import { MSG_OOB, MSG_PEEK, SD_RECEIVE, SOCK_RAW } from '../../../../defs/winsock2.g.ts';
import { AF_BTH, AF_INET, AF_UNIX } from '../../../../defs/ws2def.g.ts';
import { visible } from '../../../ffi/types/describe.ts';
import type { Arguments } from '../calls/arguments.ts';
import { nameGiven } from '../calls/life.ts';
import { isInternet, type TracedSocket } from '../calls/sockets.ts';
import { timeOfDay } from '../output/clock.ts';
import { TraceFile } from '../output/file.ts';
import { numberFor, whileAlone } from '../output/shared.ts';
import { errorText, outcomeText } from '../output/show.ts';
import type { Moved, SeenCall, SeenCompletion, Sink } from '../seen.ts';
import {
  enhancedPacket,
  INBOUND,
  interfaceDescription,
  OUTBOUND,
  SNAP_LENGTH,
  sectionHeader,
} from './blocks.ts';
import { Datagrams } from './datagrams.ts';
import { type Built, endpointOf, ipPacket, localEndpoint } from './packets.ts';
import { Stream, type StreamData, type StreamPacket, type Times } from './stream.ts';

const LINKTYPE_RAW = 101;
const LINKTYPE_USER0 = 147;

const SYNTHETIC = 'made from the calls of a program, not taken from the wire';

/**
 * The interfaces that a capture may have. One is described when it is first used: some readers take files of one
 * link type only.
 */
const INTERFACES = [
  { name: 'winsock calls: IP', linkType: LINKTYPE_RAW },
  { name: 'winsock calls: Unix sockets', linkType: LINKTYPE_USER0 },
  { name: 'winsock calls: Bluetooth', linkType: LINKTYPE_USER0 + 1 },
  { name: 'winsock calls: other sockets', linkType: LINKTYPE_USER0 + 2 },
] as const;
const [IP, UNIX, BLUETOOTH, OTHER] = [0, 1, 2, 3];

/** A protocol of IP for experiments: what it carries here is a text about a fault. */
const NOTE_PROTOCOL = 253;

function beginning(): Uint8Array {
  const { versions, argv, pid } = process;
  const runtime = versions.bun ? `Bun ${versions.bun}` : `Node.js ${versions.node}`;
  return sectionHeader({
    comment: `This file was ${SYNTHETIC}: process ${pid}, ${visible(argv[1] ?? '')}`,
    os: `${systemName()} ${release()} ${arch()}`,
    program: `winsock, ${runtime}`,
  });
}

/** Errors by which a connection ends that the other side, or the system, has reset. */
const RESETS: readonly number[] = [WSAECONNRESET, WSAECONNABORTED, WSAENETRESET];

const CONNECTS = /^((WSAC|c)onnect|ConnectEx)$/;

/** What a call or a completion tells of, in one form. */
interface Told {
  readonly name: string;
  readonly args: Arguments;
  /** Undefined for success. */
  readonly code: number | undefined;
  readonly moved: Moved | undefined;
  readonly accepted: TracedSocket | undefined;
  readonly times: Times;
  comment(): string;
}

function commentOf(what: string, fault: string | undefined, stack: readonly string[]): string {
  const injected = fault === undefined ? '' : ` (fault: ${fault})`;
  return visible(`${what}${injected}${stack[0] ? ` at ${stack[0]}` : ''}`);
}

function timesOf(started: bigint, ended: bigint): Times {
  return { started: timeOfDay(started), ended: timeOfDay(ended) };
}

export class Capture implements Sink {
  readonly payload: number;
  readonly frames = 1;
  readonly #file: TraceFile;
  readonly #datagrams = new Datagrams();
  /** How many packets were written. */
  #packets = 0;

  /**
   * @param file a path
   * @param payload how many bytes of the data of a call are written
   */
  constructor(file: string, payload: number) {
    this.payload = payload;
    this.#file = new TraceFile(file, { begin: beginning, end: new Uint8Array() });
  }

  called(call: SeenCall): void {
    const { name, args, outcome, socket, accepted, moved, fault, stack, began } = call;
    const { code } = outcome;
    const times = timesOf(call.started, call.ended);
    const on = socket ? `(${socket.handle})` : '';
    const comment = () => commentOf(`${name}${on} ${outcomeText(call)}`, fault, stack);
    const told = { name, args, code, moved, accepted, times, comment };
    // What goes on is told when it is over.
    const isOver = outcome.thrown === undefined && !began;
    this.#tell(isOver ? socket : undefined, told, fault);
  }

  completed(completion: SeenCompletion): void {
    const { operation, code, bytes, moved, accepted, fault, isTold } = completion;
    const { name, args, socket, stack } = operation;
    const how =
      code === 0
        ? `completed with ${bytes} bytes`
        : `failed with ${errorText(code, operation.space)}`;
    const times = timesOf(operation.started, completion.ended);
    const comment = () => commentOf(`${name}(${operation.handle}) ${how}`, fault, stack);
    const told = { name, args, code: code || undefined, moved, accepted, times, comment };
    this.#tell(isTold ? undefined : socket, told, fault);
  }

  #tell(socket: TracedSocket | undefined, told: Told, fault: string | undefined): void {
    whileAlone(() => {
      const before = this.#packets;
      if (socket?.isTcp) this.#tellStream(socket, told);
      else if (socket && told.moved) this.#tellData(socket, told.moved, told);
      if (fault === undefined || this.#packets > before) return;
      this.#note(socket, told);
    });
  }

  /** A packet that says what was injected, where nothing else does. */
  #note(socket: TracedSocket | undefined, told: Told): void {
    const text = Buffer.from(told.comment());
    const nobody = { address: new Uint8Array(4), port: 0 };
    const remote = (socket && endpointOf(socket.remote)) ?? nobody;
    const local = socket ? localEndpoint(socket.local, remote) : nobody;
    const head = Buffer.alloc(0);
    const packet = ipPacket(local, remote, NOTE_PROTOCOL, head, undefined, text, text.length);
    this.#put(IP, told.times.ended, packet, OUTBOUND, told.comment());
  }

  #tellStream(socket: TracedSocket, told: Told): void {
    const { name, code, moved, accepted, times } = told;
    const { ended } = times;
    if (accepted) {
      this.#inStream(accepted, told, (stream) => {
        stream.accepted(times);
        if (moved && moved.length > 0) stream.moved(false, dataOf(moved), times);
      });
      return;
    }
    this.#inStream(socket, told, (stream) => {
      if (CONNECTS.test(name)) connect(stream, told);
      if (code !== undefined && RESETS.includes(code)) stream.reset(false, ended);
      if (moved) moveData(stream, moved, times);
      if (code !== undefined) return;
      const isShut = name === 'shutdown' && told.args.number('how') !== SD_RECEIVE;
      if (isShut || name === 'WSASendDisconnect' || name === 'DisconnectEx') {
        stream.ended(true, ended);
      } else if (name === 'closesocket') {
        if (socket.resetsOnClose) stream.reset(true, ended);
        else stream.ended(true, ended);
      }
    });
  }

  /** Writes what is told of a connection. */
  #inStream(socket: TracedSocket, told: Told, tell: (stream: Stream) => void): void {
    const name = CONNECTS.test(told.name) ? nameGiven(told.args) : undefined;
    const remote = endpointOf(socket.remote) ?? (name && endpointOf(name));
    if (!remote) return;
    const stream = new Stream(localEndpoint(socket.local, remote), remote);
    tell(stream);
    this.#putAll(stream.packets, told);
  }

  #putAll(packets: readonly StreamPacket[], told: Told): void {
    packets.forEach((packet, index) => {
      const comment = index === 0 ? told.comment() : undefined;
      this.#put(IP, packet.time, packet, packet.outwards ? OUTBOUND : INBOUND, comment);
    });
  }

  /** Data that is no stream of TCP. */
  #tellData(socket: TracedSocket, moved: Moved, told: Told): void {
    const { direction, flags } = moved;
    if (direction === 'in' && (flags & MSG_PEEK) !== 0) return;
    const { ended } = told.times;
    const way = direction === 'in' ? INBOUND : OUTBOUND;
    const { family } = socket.kind;
    if (isInternet(family)) {
      const packet = this.#datagram(socket, moved);
      if (packet) this.#put(IP, ended, packet, way, told.comment());
      return;
    }
    const number = family === AF_UNIX ? UNIX : family === AF_BTH ? BLUETOOTH : OTHER;
    const bytes = moved.bytes.subarray(0, SNAP_LENGTH);
    const comment = `${socket.text}: ${told.comment()}`;
    this.#put(number, ended, { bytes, length: moved.length }, way, comment);
  }

  #datagram(socket: TracedSocket, moved: Moved): Built | undefined {
    const { direction, bytes, length, address } = moved;
    const { family, type, protocol } = socket.kind;
    const isIn = direction === 'in';
    // A raw socket of IPv4 receives whole packets.
    if (type === SOCK_RAW && family === AF_INET && isIn) return { bytes, length };
    const remote = endpointOf(address ?? socket.remote);
    if (!remote) return undefined;
    const local = localEndpoint(socket.local, remote);
    const [from, to] = isIn ? [remote, local] : [local, remote];
    if (type === SOCK_RAW) {
      return ipPacket(from, to, protocol, Buffer.alloc(0), undefined, bytes, length);
    }
    return this.#datagrams.packet(isIn, from, to, bytes, length);
  }

  #put(
    kind: number,
    time: bigint,
    { bytes, length }: Built,
    direction: typeof INBOUND | typeof OUTBOUND,
    comment: string | undefined,
  ): void {
    this.#packets++;
    const { number, isNew } = numberFor(kind);
    if (isNew) {
      const { name, linkType } = INTERFACES[kind]!;
      this.#file.write(interfaceDescription(linkType, { name, description: SYNTHETIC }));
    }
    const packet = { interfaceNumber: number, time, bytes, length, direction, comment };
    this.#file.write(enhancedPacket(packet));
  }
}

function dataOf({ bytes, length, flags }: Moved): StreamData {
  return { bytes, length, isUrgent: (flags & MSG_OOB) !== 0 };
}

function moveData(stream: Stream, moved: Moved, times: Times): void {
  const { direction, length, room, flags } = moved;
  // What is only looked at is received once more.
  if (direction === 'in' && (flags & MSG_PEEK) !== 0) return;
  if (length > 0) stream.moved(direction === 'out', dataOf(moved), times);
  else if (direction === 'in' && room > 0) stream.ended(false, times.ended);
}

function connect(stream: Stream, { code, times }: Told): void {
  if (code === undefined) stream.connected(times);
  else if (code === WSAECONNREFUSED) stream.refused(times);
  else if (code === WSAEWOULDBLOCK || code === WSAETIMEDOUT) stream.connecting(times.started);
}
