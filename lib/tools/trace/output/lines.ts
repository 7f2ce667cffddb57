/** Lines as strace prints them: one for each call, and one for each end of an operation. */
import { visible } from '../../../ffi/types/describe.ts';
import type { SeenCall, SeenCompletion, Sink, Thread } from '../seen.ts';
import type { TraceSettings } from '../settings.ts';
import { clockText } from './clock.ts';
import { dumpText } from './dump.ts';
import { TraceFile } from './file.ts';
import { argumentTexts, errorText, movedText, outcomeText, SHOWN_BYTES } from './show.ts';

/** Frames of a whole stack. */
const STACK_FRAMES = 16;

const microseconds = (from: bigint, to: bigint) => `<${Number(to - from) / 1000} µs>`;

export class Lines implements Sink {
  readonly payload: number;
  readonly frames: number;
  readonly #settings: TraceSettings;
  readonly #file: TraceFile;
  readonly #clock: (at: bigint) => string;

  /** @param file a path, or undefined for standard error */
  constructor(settings: TraceSettings, file: string | undefined) {
    const { origin, payload, dump, time } = settings;
    this.#settings = settings;
    this.#file = new TraceFile(file);
    this.#clock = clockText(time);
    this.frames = origin === 'stack' ? STACK_FRAMES : origin === 'place' ? 1 : 0;
    this.payload = dump ? payload : Math.min(payload, SHOWN_BYTES);
  }

  called(call: SeenCall): void {
    const { name, outcome, started, ended, thread, stack, moved, fault, isChosen } = call;
    const failed = outcome.code !== undefined || outcome.thrown !== undefined;
    if (!isChosen || (this.#settings.failures && (!failed || call.began))) return;
    const shown = argumentTexts(call, this.payload).join(', ');
    const injected = fault === undefined ? '' : ` (fault: ${fault})`;
    const line = `${name}(${shown}) ${outcomeText(call)}${injected} ${microseconds(started, ended)}`;
    this.#write(
      started,
      thread,
      line,
      stack,
      moved?.hidden === undefined ? moved?.bytes : undefined,
    );
  }

  completed(completion: SeenCompletion): void {
    const { operation, code, bytes, moved, ended, thread, fault } = completion;
    if (!operation.isChosen || (this.#settings.failures && code === 0)) return;
    const socket = operation.socket?.text ?? String(operation.handle);
    const data = moved && moved.length > 0 ? movedText(moved) : `${bytes} bytes`;
    const how = code === 0 ? `completed: ${data}` : `failed: ${errorText(code, operation.space)}`;
    const injected = fault === undefined ? '' : ` (fault: ${fault})`;
    const took = microseconds(operation.started, ended);
    const line = `${operation.name} #${operation.number} on ${socket} ${how}${injected} ${took}`;
    const content = moved?.hidden === undefined ? moved?.bytes : undefined;
    this.#write(ended, thread, line, [], content);
  }

  #write(
    at: bigint,
    thread: Thread,
    line: string,
    stack: readonly string[],
    content: Uint8Array | undefined,
  ): void {
    const { origin, dump } = this.#settings;
    const who = thread.id === 0 ? '' : `[${thread.name}] `;
    const place = origin === 'place' && stack[0] ? ` at ${stack[0]}` : '';
    const lines = [`${this.#clock(at)}${who}${line}${place}`];
    if (origin === 'stack') lines.push(...stack.map((frame) => `    at ${frame}`));
    if (dump && content && content.length > 0) lines.push(...dumpText(content));
    this.#file.write(Buffer.from(`${lines.map(visible).join('\n')}\n`));
  }
}
