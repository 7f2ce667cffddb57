/** Registered I/O: requests by queues and registered memory, and their completions. */
import {
  RIO_BUF_LAYOUT as RIO_BUF,
  RIORESULT_LAYOUT as RIORESULT,
} from '../../../io/calls/layouts.g.ts';
import type { SeenCall } from '../seen.ts';
import {
  contentsOf,
  lengthOf,
  memoryOf,
  type Part,
  readPointer,
  viewOf,
  wholeMemory,
} from './arguments.ts';
import { Bounded } from './bounded.ts';
import type { Transfer } from './meaning.ts';
import type { End, Pending } from './operations.ts';
import type { TracedSocket, TracedSockets } from './sockets.ts';

const MOST = 65536;

/** A queue of requests: whose it is, and what its completions say of it. */
interface RequestQueue {
  readonly socket: TracedSocket | undefined;
  readonly handle: number;
  readonly receives: number;
  readonly sends: number;
  readonly context: number;
}

const key = (queue: number, socketContext: number, requestContext: number) =>
  `${queue} ${socketContext} ${requestContext}`;

/** A part of registered memory, as it is used now. */
function partOf(memory: unknown, { offset, length }: { offset: number; length: number }): Part {
  if (typeof memory === 'number' || typeof memory === 'bigint') {
    return { memory: Number(memory) + offset, length };
  }
  const whole = wholeMemory(memory);
  return { memory: whole?.subarray(offset, offset + length) ?? null, length };
}

export class RegisteredRequests {
  readonly #memory = new Bounded<number, unknown>(MOST);
  readonly #queues = new Bounded<number, RequestQueue>(MOST);
  /** Requests that have not completed; those with the same contexts in the order of their start. */
  readonly #pending = new Bounded<string, Pending[]>(MOST);

  /**
   * Looks at a call that has returned.
   *
   * @param hide what a decoder shows in place of the data of the call
   * @returns the request that it has begun, where it has begun one
   */
  see(
    call: SeenCall,
    sockets: TracedSockets,
    payload: number,
    hide: () => string | undefined,
    number: () => number,
  ): Pending | undefined {
    const { name, args, outcome } = call;
    if (outcome.code !== undefined) return undefined;
    const result = Number(outcome.result);
    if (name === 'RIORegisterBuffer') this.#memory.set(result, args.of('DataBuffer'));
    else if (name === 'RIODeregisterBuffer') this.#memory.delete(args.number('BufferId'));
    else if (name === 'RIOCreateRequestQueue') {
      const handle = args.number('Socket');
      this.#queues.set(result, {
        handle,
        socket: sockets.of(handle),
        receives: args.number('ReceiveCQ'),
        sends: args.number('SendCQ'),
        context: args.number('SocketContext'),
      });
    } else if (/^RIO(Send|Receive)(Ex)?$/.test(name)) {
      return this.#begin(call, payload, hide, number);
    }
    return undefined;
  }

  #partsOf(buffers: unknown, count: number): Part[] {
    const memory = count > 0 ? memoryOf(buffers, count * RIO_BUF.size) : undefined;
    if (!memory) return [];
    return Array.from({ length: count }, (_, index) => {
      const at = index * RIO_BUF.size;
      const view = viewOf(memory);
      const part = {
        offset: view.getUint32(at + RIO_BUF.Offset, true),
        length: view.getUint32(at + RIO_BUF.Length, true),
      };
      return partOf(this.#memory.get(readPointer(memory, at + RIO_BUF.BufferId)), part);
    });
  }

  #begin(
    call: SeenCall,
    payload: number,
    hide: () => string | undefined,
    number: () => number,
  ): Pending | undefined {
    const { args, name } = call;
    const queue = this.#queues.get(args.number('SocketQueue'));
    // A request without data only hands over those that were deferred.
    if (!queue || !args.of('pData')) return undefined;
    const isSent = name.startsWith('RIOSend');
    const parts = this.#partsOf(args.of('pData'), args.number('DataBufferCount'));
    const [remote] = this.#partsOf(args.of('pRemoteAddress'), 1);
    const transfer: Transfer = {
      direction: isSent ? 'out' : 'in',
      payload: 'pData',
      parts: () => parts,
      flags: () => 0,
      address: () => remote,
    };
    const room = lengthOf(parts);
    const pending: Pending = {
      number: number(),
      name,
      socket: queue.socket,
      handle: queue.handle,
      thread: call.thread,
      started: call.started,
      space: call.space,
      stack: call.stack,
      isChosen: call.isChosen,
      room,
      args,
      transfer,
      parts,
      contents: isSent ? contentsOf(parts, Math.min(room, payload)) : undefined,
      hidden: hide(),
      flags: 0,
      isTold: false,
      address: 0,
      memory: undefined,
    };
    const context = args.number('RequestContext');
    const place = key(isSent ? queue.sends : queue.receives, queue.context, context);
    const before = this.#pending.get(place);
    if (before) before.push(pending);
    else this.#pending.set(place, [pending]);
    return pending;
  }

  /** The requests that a RIODequeueCompletion tells the end of. */
  completed({ name, args, outcome }: SeenCall): End[] {
    if (name !== 'RIODequeueCompletion' || outcome.code !== undefined) return [];
    const count = Number(outcome.result);
    const memory = count > 0 ? memoryOf(args.of('Array'), count * RIORESULT.size) : undefined;
    if (!memory) return [];
    const ends: End[] = [];
    for (let index = 0; index < count; index++) {
      const at = index * RIORESULT.size;
      const view = viewOf(memory);
      const context = (offset: number) => Number(view.getBigUint64(at + offset, true));
      const name = key(
        args.number('CQ'),
        context(RIORESULT.SocketContext),
        context(RIORESULT.RequestContext),
      );
      const requests = this.#pending.get(name);
      const pending = requests?.shift();
      if (requests?.length === 0) this.#pending.delete(name);
      if (!pending) continue;
      ends.push({
        pending,
        code: view.getInt32(at + RIORESULT.Status, true),
        bytes: view.getUint32(at + RIORESULT.BytesTransferred, true),
      });
    }
    return ends;
  }
}
