/** Looks at calls, finds out what they have done, and tells each kind of trace of it. */
import { isMainThread, threadId } from 'node:worker_threads';
import { WSAEMSGSIZE } from '../../../defs/winerror.g.ts';
import type { Call, Definition } from '../../ffi/calls/definition.ts';
import type { Parameter } from '../../ffi/calls/parameter.ts';
import { failureCode } from '../../ffi/calls/prepare.ts';
import { codeSpaceOf } from '../../ffi/errors/names.ts';
import { leavingLastError } from '../../ffi/native/last-error.ts';
import { traceDecoder } from '../../ffi/trace/decoder.ts';
import type { AsyncObservation, Observer } from '../../ffi/trace/observer.ts';
import type { Outcome } from '../../ffi/trace/outcome.ts';
import {
  Arguments,
  contentsOf,
  lengthOf,
  memoryOf,
  type Part,
  uint32At,
} from './calls/arguments.ts';
import { completionsOf } from './calls/completions.ts';
import { lifeOf } from './calls/life.ts';
import { isSocketParameter, MEANINGS, type Meaning, type Transfer } from './calls/meaning.ts';
import { type End, Operations, overlappedAt, ownedOverlapped } from './calls/operations.ts';
import { RegisteredRequests } from './calls/rio.ts';
import { snapshotOf } from './calls/snapshot.ts';
import { type TracedSocket, TracedSockets } from './calls/sockets.ts';
import { framesOfProgram } from './calls/stack.ts';
import type { Faults } from './faults/faults.ts';
import type { Moved, Operation, SeenCall, SeenCompletion, Sink, Thread } from './seen.ts';

/** What of each call is known before it is made. */
interface Started {
  readonly at: bigint;
  readonly flags: number;
  readonly before: ReadonlyMap<string, string>;
  readonly stack: readonly string[];
}

const NOTHING: ReadonlyMap<string, string> = new Map();
const OWN_THREAD: Thread = {
  id: threadId,
  name: isMainThread ? 'main' : `thread ${threadId}`,
};

const now = () => process.hrtime.bigint();

/** What is wanted of a trace. */
export interface Wanted {
  readonly sinks: readonly Sink[];
  readonly faults: Faults | undefined;
  /** Whether the names of the setting choose a function. */
  readonly isChosen: (name: string) => boolean;
  /** Whether each call is of interest, whatever the setting chooses. */
  readonly seesAll: boolean;
  /** Whether it matters what becomes of sockets and operations. */
  readonly tracksSockets: boolean;
}

/** A function of which each call is looked at. */
interface Watched {
  readonly definition: Definition;
  readonly parameters: readonly Parameter[];
  readonly meaning: Meaning | undefined;
  readonly socketIndex: number;
  readonly isChosen: boolean;
}

export class Tracer implements Observer {
  readonly #wanted: Wanted;
  readonly #payload: number;
  readonly #frames: number;
  readonly #sockets = new TracedSockets();
  readonly #operations = new Operations();
  readonly #requests = new RegisteredRequests();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    // What tells errors is bound before anything can fail, because binding calls Windows itself.
    leavingLastError(() => undefined);
    this.#payload = Math.max(0, ...wanted.sinks.map(({ payload }) => payload));
    this.#frames = Math.max(0, ...wanted.sinks.map(({ frames }) => frames));
  }

  watch(call: Call, definition: Definition, parameters: readonly Parameter[]): Call {
    const { faults } = this.#wanted;
    const made = faults?.watch(call, definition, parameters) ?? call;
    const watched = this.#watched(definition, parameters);
    if (!watched) return made;
    const { failure } = definition;
    return (...args) => {
      const started = this.#aside(() => this.#start(watched, args));
      let result: unknown;
      try {
        result = made(...args);
      } catch (thrown) {
        const fault = faults?.takeInjected();
        const ended = now();
        this.#aside(() => this.#ended(watched, args, { thrown }, started, ended, fault));
        throw thrown;
      }
      const ended = now();
      const fault = faults?.takeInjected();
      const code = failure.fails(result)
        ? failureCode(failure, parameters, result, args)
        : undefined;
      const outcome = { result, ...(code === undefined ? {} : { code }) };
      this.#aside(() => this.#ended(watched, args, outcome, started, ended, fault));
      return result;
    };
  }

  begin(
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
  ): AsyncObservation | undefined {
    const fault = this.#wanted.faults?.begin(definition, parameters, args);
    const watched = this.#watched(definition, parameters);
    if (!watched) return fault && { ...fault, finished: () => {} };
    const started = this.#aside(() => this.#start(watched, args));
    return {
      ...fault,
      finished: (outcome) => {
        const ended = now();
        this.#aside(() => this.#ended(watched, args, outcome, started, ended, fault?.injected));
      },
    };
  }

  madeElsewhere(
    definition: Definition,
    args: readonly unknown[],
    outcome: Outcome,
    thread: string,
    started: bigint,
    ended: bigint,
  ): void {
    const [, ...parameters] = definition.signature();
    this.#wanted.faults?.madeElsewhere(parameters, args);
    const watched = this.#watched(definition, parameters);
    if (!watched) return;
    const start = { at: started, flags: 0, before: NOTHING, stack: [] };
    const other = { id: OWN_THREAD.id + 1000, name: thread };
    this.#aside(() => this.#ended(watched, args, outcome, start, ended, undefined, other));
  }

  watchTurns(name: string, run: () => void): () => void {
    const sinks = this.#wanted.sinks.filter((sink) => sink.turned);
    if (sinks.length === 0) return run;
    return () => {
      const started = now();
      try {
        run();
      } finally {
        const turn = { name, started, ended: now(), thread: OWN_THREAD };
        for (const sink of sinks) sink.turned?.(turn);
      }
    };
  }

  #watched(definition: Definition, parameters: readonly Parameter[]): Watched | undefined {
    const { name } = definition;
    const { isChosen, tracksSockets, sinks } = this.#wanted;
    if (sinks.length === 0) return undefined;
    const meaning = tracksSockets ? MEANINGS[name] : undefined;
    const matters =
      tracksSockets && (meaning || lifeOf(name) || completionsOf(name) || /^RIO/.test(name));
    if (!matters && !this.#wanted.seesAll && !isChosen(name)) return undefined;
    return {
      definition,
      parameters,
      meaning,
      socketIndex: parameters.findIndex(isSocketParameter),
      isChosen: isChosen(name),
    };
  }

  /**
   * What a trace does itself, and what a decoder of the program does, leaves the last error as it is: that of
   * the program's call.
   */
  #aside<T>(look: () => T): T {
    return this.#wanted.tracksSockets ? leavingLastError(look) : look();
  }

  #start(
    { definition, parameters, meaning, socketIndex }: Watched,
    args: readonly unknown[],
  ): Started {
    const { tracksSockets } = this.#wanted;
    // What has ended meanwhile ended before this call.
    if (tracksSockets) for (const end of this.#operations.swept()) this.#completed(end, now());
    // What is closed has no names any more.
    const handle = args[socketIndex];
    if (tracksSockets && typeof handle === 'number' && lifeOf(definition.name)?.ends) {
      void this.#sockets.of(handle)?.text;
    }
    return {
      flags: meaning?.transfer?.flags(new Arguments(parameters, args)) ?? 0,
      before: tracksSockets ? snapshotOf(definition.name, args, this.#sockets) : NOTHING,
      stack: framesOfProgram(this.#frames),
      at: now(),
    };
  }

  #ended(
    watched: Watched,
    values: readonly unknown[],
    outcome: Outcome,
    { at, flags, before, stack }: Started,
    ended: bigint,
    fault: string | undefined,
    thread = OWN_THREAD,
  ): void {
    const { definition, parameters, meaning, isChosen } = watched;
    const { name } = definition;
    const args = new Arguments(parameters, values);
    const { tracksSockets, sinks } = this.#wanted;
    const handle = values[watched.socketIndex];
    const isRefused = outcome.thrown !== undefined;
    const known = tracksSockets && !isRefused;
    const socket =
      tracksSockets && typeof handle === 'number' ? this.#sockets.of(handle) : undefined;
    const life = known ? lifeOf(name) : undefined;
    const made =
      life?.makes && outcome.code === undefined
        ? this.#sockets.made(Number(outcome.result))
        : undefined;
    if (life && socket) {
      life.after?.(args, outcome, socket);
      if (outcome.code === undefined) life.completed?.(args, socket, this.#sockets);
    }
    const isPending =
      outcome.code !== undefined && definition.failure.pending.includes(outcome.code);
    const moved =
      known && !isPending ? this.#moved(name, meaning, args, outcome, flags) : undefined;
    const call: SeenCall = {
      name,
      parameters,
      values,
      args,
      outcome,
      space: codeSpaceOf(definition),
      started: at,
      ended,
      thread,
      stack,
      fault,
      socket,
      made,
      accepted: known && outcome.code === undefined ? this.#accepted(name, args, made) : undefined,
      moved,
      before,
      isChosen,
      began: undefined,
      nameOf: (handle) => this.#sockets.of(handle)?.text ?? String(handle),
    };
    const began = known ? this.#began(call, meaning, isPending, flags) : undefined;
    const whole = began ? { ...call, began } : call;
    for (const sink of sinks) sink.called?.(whole);
    if (!known) return;
    if (life?.ends && outcome.code === undefined && socket) this.#sockets.closed(socket.handle);
    const ends = completionsOf(name)?.(args, outcome, this.#operations) ?? [];
    for (const end of [...ends, ...this.#requests.completed(call)]) {
      this.#completed(end, ended, thread);
    }
  }

  #accepted(
    name: string,
    args: Arguments,
    made: TracedSocket | undefined,
  ): TracedSocket | undefined {
    if (name === 'AcceptEx') return this.#sockets.of(args.number('sAcceptSocket'));
    return /^(WSAA|a)ccept$/.test(name) ? made : undefined;
  }

  /** What a decoder of the program shows in place of data. */
  #hidden(name: string, payload: string, args: Arguments): string | undefined {
    const decode = traceDecoder();
    if (!decode) return undefined;
    try {
      const shown = decode(name, payload, args.of(payload), args.all());
      return typeof shown === 'string' ? shown : undefined;
    } catch {
      return '(cannot be shown)';
    }
  }

  #moved(
    name: string,
    meaning: Meaning | undefined,
    args: Arguments,
    { result, code }: Outcome,
    flags: number,
  ): Moved | undefined {
    const transfer = meaning?.transfer;
    if (!transfer) return undefined;
    const parts = transfer.parts(args);
    // Of a datagram that was longer than its memory as much has come as there was room for.
    const isCut = code === WSAEMSGSIZE && transfer.direction === 'in';
    if (code !== undefined && !isCut) return undefined;
    const counted = transfer.count ? uint32At(args.of(transfer.count)) : undefined;
    const length = isCut
      ? lengthOf(parts)
      : (counted ?? (transfer.count || typeof result !== 'number' ? lengthOf(parts) : result));
    const hidden = this.#hidden(name, transfer.payload, args);
    return movedBy({ transfer, parts, hidden, flags }, args, length, this.#payload);
  }

  /** An operation that goes on, or of which a packet will tell once more. */
  #began(
    call: SeenCall,
    meaning: Meaning | undefined,
    isPending: boolean,
    flags: number,
  ): Operation | undefined {
    if (call.name.startsWith('RIO')) {
      const hide = () => this.#hidden(call.name, 'pData', call.args);
      const number = () => this.#operations.nextNumber();
      return this.#requests.see(call, this.#sockets, this.#payload, hide, number);
    }
    if (!meaning?.overlapped || (call.outcome.code !== undefined && !isPending)) return undefined;
    const { args, name } = call;
    const value = args.of(meaning.overlapped);
    const address = overlappedAt(value);
    if (address === 0) return undefined;
    const transfer = isPending ? meaning.transfer : undefined;
    const parts = meaning.transfer?.parts(args) ?? [];
    const room = lengthOf(parts);
    const isSent = transfer?.direction === 'out';
    const pending = {
      number: this.#operations.nextNumber(),
      name,
      socket: call.socket,
      handle: args.number(meaning.socket),
      thread: call.thread,
      started: call.started,
      space: call.space,
      stack: call.stack,
      isChosen: call.isChosen,
      room,
      args,
      transfer,
      parts,
      contents: isSent ? contentsOf(parts, Math.min(room, this.#payload)) : undefined,
      hidden: transfer && this.#hidden(name, transfer.payload, args),
      flags,
      isTold: !isPending,
      address,
      memory: ownedOverlapped(value),
    };
    this.#operations.begin(address, pending);
    return isPending ? pending : undefined;
  }

  #completed({ pending, code, bytes }: End, ended: bigint, thread = OWN_THREAD): void {
    const { transfer, name, args } = pending;
    const isOver = code === 0 || (code === WSAEMSGSIZE && transfer?.direction === 'in');
    const moved =
      transfer && isOver
        ? movedBy(pending, args, bytes, this.#payload, pending.contents)
        : undefined;
    const fault = this.#wanted.faults?.takeMark(pending.address);
    const life = lifeOf(name);
    if (code === 0 && pending.socket) life?.completed?.(args, pending.socket, this.#sockets);
    const completion: SeenCompletion = {
      operation: pending,
      code,
      bytes,
      moved,
      accepted: code === 0 ? this.#accepted(name, args, undefined) : undefined,
      isTold: pending.isTold,
      ended,
      thread,
      fault,
    };
    for (const sink of this.#wanted.sinks) sink.completed?.(completion);
  }
}

interface Carried {
  readonly transfer: Transfer | undefined;
  readonly parts: readonly Part[];
  readonly hidden: string | undefined;
  readonly flags: number;
}

/** What stands where data is hidden. */
const BLANK = 0x2a;

function movedBy(
  { transfer, parts, hidden, flags }: Carried,
  args: Arguments,
  length: number,
  payload: number,
  contents?: Uint8Array,
): Moved {
  const wanted = Math.min(length, payload);
  const bytes =
    hidden === undefined
      ? (contents?.subarray(0, wanted) ?? contentsOf(parts, wanted))
      : new Uint8Array(wanted).fill(BLANK);
  const name = transfer?.address?.(args);
  const address = name && name.length > 1 ? memoryOf(name.memory, name.length)?.slice() : undefined;
  const direction = transfer?.direction ?? 'out';
  return { direction, length, room: lengthOf(parts), bytes, hidden, address, flags };
}
