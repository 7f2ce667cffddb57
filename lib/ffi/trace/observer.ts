/**
 * WINSOCK_TRACE, WINSOCK_FAULTS and WINSOCK_CALLS: what looks at calls is a file of its own, loaded only
 * where one of them is asked for. Asked when a function is bound, so that calls cost nothing without it.
 */
import type { Call, Definition } from '../calls/definition.ts';
import type { Parameter } from '../calls/parameter.ts';
import { writeError } from '../native/builtins.ts';
import { createRequire, HERE } from '../native/here.ts';
import { isOn } from '../native/settings.ts';
import { visible } from '../types/describe.ts';
import type { Outcome } from './outcome.ts';

/** A call on another thread, while it is under way. */
export interface AsyncObservation {
  /**
   * Asked before the call is made.
   *
   * @returns undefined for a call that is made as it is asked for; else how it ends without being made, or
   *   how many milliseconds it waits first
   */
  readonly instead?: { readonly outcome: Outcome } | { readonly wait: number } | undefined;
  /** Changes the arguments that the call is made with, when its turn has come. */
  readonly adjust?: ((converted: readonly unknown[]) => readonly unknown[]) | undefined;
  finished(outcome: Outcome): void;
}

/** What looks at calls. */
export interface Observer {
  /** The function with a look at each of its calls; the same where nobody wants to see them. */
  watch(call: Call, definition: Definition, parameters: readonly Parameter[]): Call;
  /** A call that begins on another thread; undefined where nobody wants to see it. */
  begin(
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
  ): AsyncObservation | undefined;
  /**
   * A call of the native function that a thread of the package has made. What it has written may be changed:
   * it is looked at before anybody else does.
   *
   * @param thread what the thread is called
   * @param started when the call began, in nanoseconds of `process.hrtime`
   * @param ended when it returned
   */
  madeElsewhere(
    definition: Definition,
    args: readonly unknown[],
    outcome: Outcome,
    thread: string,
    started: bigint,
    ended: bigint,
  ): void;
  /** A function that is run time and again, with a look at each run. */
  watchTurns(name: string, run: () => void): () => void;
}

const { WINSOCK_TRACE, WINSOCK_FAULTS, WINSOCK_CALLS } = process.env;

/** Whether anything is asked for, which is known before anything is loaded. */
const isObserved = Boolean(WINSOCK_CALLS) || [WINSOCK_TRACE, WINSOCK_FAULTS].some(isOn);

let loaded: { readonly observer: Observer | undefined } | undefined;

/**
 * What looks at calls; undefined where nobody asked for it.
 *
 * @throws TypeError for a WINSOCK_FAULTS that cannot be understood
 */
export function observer(): Observer | undefined {
  if (!isObserved) return undefined;
  loaded ??= { observer: load() };
  return loaded.observer;
}

function load(): Observer | undefined {
  let tool: { observerOf(): Observer | undefined };
  try {
    // The build has put it there.
    tool = createRequire(HERE)('./trace.js') as typeof tool;
  } catch (error) {
    // Bundled into a program without the package beside it.
    const { message } = error as Error;
    const line = `winsock: nothing is traced, for the package's trace.js cannot be loaded: ${message}`;
    try {
      writeError(`${visible(line)}\n`);
    } catch {
      // Nobody reads it.
    }
    return undefined;
  }
  return tool.observerOf();
}
