/**
 * A timeline in the trace event format, as chrome://tracing, Perfetto and the performance panel of a browser
 * read it: lanes for threads and for sockets, calls as slices in the lane of their thread, and overlapped
 * operations as slices from their start to their end in that of their socket.
 *
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import { type CodeSpace, errorName } from '../../../ffi/errors/names.ts';
import type { Moved, SeenCall, SeenCompletion, SeenTurn, Sink, Thread } from '../seen.ts';
import { timeOfDay } from './clock.ts';
import { TraceFile } from './file.ts';
import { jsonText } from './json-lines.ts';
import { movedText, SHOWN_BYTES } from './show.ts';

/** Lanes of sockets have the numbers of their sockets from here on; those below are of threads. */
const FIRST_SOCKET_LANE = 1_000_000;

const microseconds = (at: bigint) => Number(timeOfDay(at)) / 1000;

function failureOf(code: number | undefined, space: CodeSpace): object {
  return code ? { error: errorName(code, space) ?? `ERROR_${code}` } : {};
}

/** Colours by their names in the format. */
const FAILED = 'terrible';

export class Timeline implements Sink {
  readonly payload: number;
  readonly frames = 1;
  readonly #file: TraceFile;
  /** Lanes that have their names. */
  readonly #lanes = new Map<number, string>();
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
    if (socket) {
      const tid = this.#socketLane(socket.handle, socket.text);
      if (!began) events.push(...span(`call ${this.#next()}`, { ...slice, tid }, started, ended));
    }
    if (began) {
      const { handle, number } = began;
      const tid = this.#socketLane(handle, socket?.text ?? `handle ${handle}`);
      const id = `operation ${number}`;
      events.push({
        name,
        cat: 'overlapped',
        ph: 'b',
        id,
        ts: microseconds(started),
        tid,
        args: {},
      });
      events.push(this.#counter(began.room, started));
    }
    this.#write(events);
  }

  completed(completion: SeenCompletion): void {
    const { operation, code, bytes, moved, ended, fault, isTold, thread } = completion;
    if (!operation.isChosen) return;
    const { name, number, handle, socket, stack, room } = operation;
    const tid = this.#socketLane(handle, socket?.text ?? `handle ${handle}`);
    const args = {
      bytes,
      ...failureOf(code, operation.space),
      ...dataOf(moved),
      ...(fault !== undefined && { fault }),
      ...(stack[0] && { place: stack[0] }),
    };
    const ts = microseconds(ended);
    if (isTold) {
      const lane = this.#laneOf(thread);
      this.#write([
        { name: `${name} completed`, cat: 'packet', ph: 'i', s: 't', ts, tid: lane, args },
      ]);
      return;
    }
    const end = { name, cat: 'overlapped', ph: 'e', id: `operation ${number}`, ts, tid, args };
    this.#write([end, this.#counter(-room, ended)]);
  }

  turned({ name, started, ended, thread }: SeenTurn): void {
    const ts = microseconds(started);
    const dur = Number(ended - started) / 1000;
    this.#write([{ name, cat: 'completion port', ph: 'X', ts, dur, tid: this.#laneOf(thread) }]);
  }

  #spans = 0;

  #next(): number {
    this.#spans++;
    return this.#spans;
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

  #socketLane(handle: number, text: string): number {
    const lane = FIRST_SOCKET_LANE + handle;
    this.#nameLane(lane, text);
    return lane;
  }

  #nameLane(lane: number, name: string): void {
    if (this.#lanes.get(lane) === name) return;
    this.#lanes.set(lane, name);
    const order = { name: 'thread_sort_index', ph: 'M', tid: lane, args: { sort_index: lane } };
    this.#write([{ name: 'thread_name', ph: 'M', tid: lane, args: { name } }, order]);
  }

  #write(events: readonly object[]): void {
    const lines = events.map((event) => `,\n${jsonText({ ...event, pid: process.pid })}`);
    this.#file.write(Buffer.from(lines.join('')));
  }
}

function beginning(): Uint8Array {
  const name = `${process.argv[1] ?? 'a program'}: calls of winsock`;
  const event = { name: 'process_name', ph: 'M', pid: process.pid, tid: 0, args: { name } };
  return Buffer.from(`[\n${jsonText(event)}`);
}

function dataOf(moved: Moved | undefined): object {
  return moved ? { [moved.direction === 'in' ? 'received' : 'sent']: movedText(moved) } : {};
}

/** A slice in the lane of a socket, where others may be at the same time. */
function span(id: string, slice: object, started: bigint, ended: bigint): object[] {
  const { dur: _, ...event } = slice as Record<string, unknown>;
  const { args: _args, ...end } = event;
  return [
    { ...event, ph: 'b', id, ts: microseconds(started) },
    { ...end, ph: 'e', id, ts: microseconds(ended) },
  ];
}
