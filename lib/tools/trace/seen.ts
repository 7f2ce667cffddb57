/** What a trace is made of: calls that have returned, and overlapped operations that have ended. */
import type { Parameter } from '../../ffi/calls/parameter.ts';
import type { CodeSpace } from '../../ffi/errors/names.ts';
import type { Outcome } from '../../ffi/trace/outcome.ts';
import type { Arguments } from './calls/arguments.ts';
import type { TracedSocket } from './calls/sockets.ts';

/** Data that has passed a socket. */
export interface Moved {
  readonly direction: 'in' | 'out';
  /** In bytes. */
  readonly length: number;
  /** How many there was room for. */
  readonly room: number;
  /** The first of them; as many as somebody wants to see. */
  readonly bytes: Uint8Array;
  /** What a decoder shows in their place; then they are blank. */
  readonly hidden: string | undefined;
  /** The sockaddr of the other side, where the call names it. */
  readonly address: Uint8Array | undefined;
  /** MSG_… flags. */
  readonly flags: number;
}

/** A call that has returned. */
export interface SeenCall {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly values: readonly unknown[];
  readonly args: Arguments;
  readonly outcome: Outcome;
  /** Whose numbers its error codes are. */
  readonly space: CodeSpace;
  /** In nanoseconds of `process.hrtime`. */
  readonly started: bigint;
  readonly ended: bigint;
  readonly thread: Thread;
  /** Frames of the program, the innermost first; empty where nobody wants them. */
  readonly stack: readonly string[];
  /** What was injected. */
  readonly fault: string | undefined;
  readonly socket: TracedSocket | undefined;
  /** A socket that it has made. */
  readonly made: TracedSocket | undefined;
  /** The socket of a connection that it has accepted. */
  readonly accepted: TracedSocket | undefined;
  readonly moved: Moved | undefined;
  /** The operation that it has begun and that goes on. */
  readonly began: Operation | undefined;
  /** Arguments as they were before the call, where it writes over them. */
  readonly before: ReadonlyMap<string, string>;
  /** Whether the names of the setting choose it. */
  readonly isChosen: boolean;
  /** A socket as text, by its number. */
  nameOf(handle: number): string;
}

export interface Thread {
  /** The same number for the same thread; 0 is the main thread. */
  readonly id: number;
  readonly name: string;
}

/** An overlapped operation. */
export interface Operation {
  /** By which it is told from others in a trace. */
  readonly number: number;
  readonly name: string;
  readonly socket: TracedSocket | undefined;
  /** The number of its socket, handle or queue. */
  readonly handle: number;
  readonly thread: Thread;
  readonly started: bigint;
  readonly stack: readonly string[];
  /** How many bytes it may carry. */
  readonly room: number;
  /** Whose numbers its error codes are. */
  readonly space: CodeSpace;
  readonly isChosen: boolean;
  readonly args: Arguments;
}

/** An operation that has ended. */
export interface SeenCompletion {
  readonly operation: Operation;
  /** 0 for success. */
  readonly code: number;
  readonly bytes: number;
  readonly moved: Moved | undefined;
  /** The socket of a connection that it has accepted. */
  readonly accepted: TracedSocket | undefined;
  /** Whether the call has said already that it was over at once. */
  readonly isTold: boolean;
  readonly ended: bigint;
  readonly thread: Thread;
  readonly fault: string | undefined;
}

/** A run of something that is run time and again. */
export interface SeenTurn {
  readonly name: string;
  readonly started: bigint;
  readonly ended: bigint;
  readonly thread: Thread;
}

/** A kind of trace. */
export interface Sink {
  /** How many bytes of data it wants to see of a call at most. */
  readonly payload: number;
  /** How many frames of the program it wants to see of a call at most. */
  readonly frames: number;
  called?(call: SeenCall): void;
  completed?(completion: SeenCompletion): void;
  turned?(turn: SeenTurn): void;
  /** The program ends. */
  end?(): void;
}
