/**
 * A timeline in the trace event format, as chrome://tracing, Perfetto and the performance panel of a browser
 * read it: lanes for threads and for sockets, calls as slices in the lane of their thread, and overlapped
 * operations as slices from their start to their end in that of their socket.
 *
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import path from 'node:path';
import { type CodeSpace, nameOrNumber } from '../../../ffi/errors/names.ts';
import { Bounded } from '../calls/bounded.ts';
import type { Moved, SeenCall, SeenCompletion, SeenTurn, Sink, Thread } from '../seen.ts';
import { timeOfDay } from './clock.ts';
import { TraceFile } from './file.ts';
import { jsonText } from './json-lines.ts';
import { FIRST_SOCKET_LANE, type Lane, MOST_SLOTS, SLOT, SocketLanes } from './lanes.ts';
import { movedText, SHOWN_BYTES } from './show.ts';

/** How many lanes are remembered. */
const MOST_LANES = 65536;

const microseconds = (at: bigint) => Number(timeOfDay(at)) / 1000;

function failureOf(code: number | undefined, space: CodeSpace): object {
  return code ? { error: nameOrNumber(code, space) } : {};
}

/** Colours by their names in the format. */
const FAILED = 'terrible';

export class Timeline implements Sink {
  readonly payload: number;
  readonly frames = 1;
  readonly #file: TraceFile;
  readonly #lanes = new SocketLanes();
  /** The lanes of operations that are under way, by their numbers. */
  readonly #operations = new Bounded<number, Lane>(MOST_LANES);
  /** Lanes that have their names. */
  readonly #names = new Bounded<number, string>(MOST_LANES);
  #underWay = 0;

  /**
   * @param file a path
   * @param payload how many bytes of the data of a call are shown at most
   */
  constructor(file: string, payload: number) {
    this.payload = Math.min(payload, SHOWN_BYTES);
    this.#file = new TraceFile(file, { begin: beginning, end: Buffer.from('\n]\n') });
  }

  called(call: SeenCall): void {
    if (!call.isChosen) return;
    const { name, outcome, started, ended, thread, stack, socket, moved, began, fault } = call;
    const { code, thrown, result } = outcome;
    const failed = thrown !== undefined || (code !== undefined && !began);
    const slice = {
      name,
      cat: 'call',
      ph: 'X',
      ts: microseconds(started),
      dur: Number(ended - started) / 1000,
      ...(failed && { cname: FAILED }),
      args: {
        ...(socket && { socket: socket.text }),
        ...(typeof result === 'number' && { result }),
        ...(thrown !== undefined && { refused: String(thrown) }),
        ...failureOf(code, call.space),
        ...dataOf(moved),
        ...(began && { operation: began.number }),
        ...(fault !== undefined && { fault }),
        ...(stack[0] && { place: stack[0] }),
      },
    };
    const events: object[] = [{ ...slice, tid: this.#laneOf(thread) }];
    if (socket && !began) {
      const lane = this.#lanes.take(socket.handle, started);
      lane?.end(ended);
      if (lane) events.push({ ...slice, tid: this.#socketLane(lane, socket.text) });
    }
    if (began) {
      const { handle, number, room } = began;
      const tid = FIRST_SOCKET_LANE + handle;
      const id = `operation ${number}`;
      const ts = microseconds(started);
      events.push({ name, cat: 'overlapped', ph: 'b', id, ts, tid, args: {} });
      events.push(this.#counter(room, started));
      const lane = this.#lanes.take(handle, started);
      if (lane) this.#operations.set(number, lane);
    }
    this.#write(events);
  }

  completed(completion: SeenCompletion): void {
    const { operation, code, bytes, moved, ended, fault, isTold, thread } = completion;
    if (!operation.isChosen) return;
    const { name, number, handle, socket, stack, room, started } = operation;
    const args = {
      bytes,
      ...failureOf(code, operation.space),
      ...dataOf(moved),
      ...(fault !== undefined && { fault }),
      ...(stack[0] && { place: stack[0] }),
    };
    const ts = microseconds(ended);
    if (isTold) {
      const tid = this.#laneOf(thread);
      this.#write([{ name: `${name} completed`, cat: 'packet', ph: 'i', s: 't', ts, tid, args }]);
      return;
    }
    const tid = FIRST_SOCKET_LANE + handle;
    const end = { name, cat: 'overlapped', ph: 'e', id: `operation ${number}`, ts, tid, args };
    const events: object[] = [end, this.#counter(-room, ended)];
    const lane = this.#operations.get(number);
    this.#operations.delete(number);
    lane?.end(ended);
    if (lane) {
      const slice = { name: `${name} #${number}`, cat: 'overlapped', ph: 'X', args };
      const dur = Number(ended - started) / 1000;
      const text = socket?.text ?? `handle ${handle}`;
      const own = this.#socketLane(lane, text);
      events.push({ ...slice, ts: microseconds(started), dur, tid: own });
    }
    this.#write(events);
  }

  turned({ name, started, ended, thread }: SeenTurn): void {
    const ts = microseconds(started);
    const dur = Number(ended - started) / 1000;
    this.#write([{ name, cat: 'completion port', ph: 'X', ts, dur, tid: this.#laneOf(thread) }]);
  }

  /** How many bytes the operations may carry that are under way. */
  #counter(change: number, at: bigint): object {
    this.#underWay = Math.max(0, this.#underWay + change);
    const args = { bytes: this.#underWay };
    return { name: 'bytes under way', ph: 'C', ts: microseconds(at), tid: 0, args };
  }

  #laneOf({ id, name }: Thread): number {
    this.#nameLane(id, name);
    return id;
  }

  #socketLane({ handle, slot }: Lane, text: string): number {
    const lane = FIRST_SOCKET_LANE + handle + slot * SLOT;
    this.#nameLane(lane, slot === 0 ? text : `${text} (${slot + 1})`);
    return lane;
  }

  #nameLane(lane: number, name: string): void {
    if (this.#names.get(lane) === name) return;
    this.#names.set(lane, name);
    const sort =
      lane < FIRST_SOCKET_LANE ? lane : (lane % SLOT) * MOST_SLOTS + Math.floor(lane / SLOT);
    const order = { name: 'thread_sort_index', ph: 'M', tid: lane, args: { sort_index: sort } };
    this.#write([{ name: 'thread_name', ph: 'M', tid: lane, args: { name } }, order]);
  }

  #write(events: readonly object[]): void {
    const lines = events.map((event) => `,\n${jsonText({ ...event, pid: process.pid })}`);
    this.#file.write(Buffer.from(lines.join('')));
  }
}

function beginning(): Uint8Array {
  const name = `${path.basename(process.argv[1] ?? 'a program')}: calls of winsock`;
  const event = { name: 'process_name', ph: 'M', pid: process.pid, tid: 0, args: { name } };
  return Buffer.from(`[\n${jsonText(event)}`);
}

function dataOf(moved: Moved | undefined): object {
  return moved ? { [moved.direction === 'in' ? 'received' : 'sent']: movedText(moved) } : {};
}
