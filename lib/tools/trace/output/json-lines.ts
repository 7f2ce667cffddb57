/** Lines of JSON, one for each call and each end of an operation, for programs to read. */
import { type CodeSpace, nameOrNumber } from '../../../ffi/errors/names.ts';
import type { Moved, SeenCall, SeenCompletion, Sink } from '../seen.ts';
import type { TraceSettings } from '../settings.ts';
import { timeOfDay } from './clock.ts';
import { TraceFile } from './file.ts';
import { argumentTexts, attempt, SHOWN_BYTES, showPlain } from './show.ts';

/** JSON with nothing in it that a terminal obeys. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const microseconds = (from: bigint, to: bigint) => Number(to - from) / 1000;
const timeText = (at: bigint) => {
  const time = timeOfDay(at);
  const fraction = String(time % 1_000_000_000n).padStart(9, '0');
  return new Date(Number(time / 1_000_000n)).toISOString().replace(/\.\d+Z$/, `.${fraction}Z`);
};

function failureOf(code: number | undefined, space: CodeSpace) {
  if (code === undefined || code === 0) return {};
  return { code, error: nameOrNumber(code, space) };
}

export class JsonLines implements Sink {
  readonly payload: number;
  readonly frames: number;
  readonly #settings: TraceSettings;
  readonly #file: TraceFile;

  /** @param file a path, or undefined for standard error */
  constructor(settings: TraceSettings, file: string | undefined) {
    const { payload, dump, origin } = settings;
    this.#settings = settings;
    this.#file = new TraceFile(file);
    this.payload = dump ? payload : Math.min(payload, SHOWN_BYTES);
    this.frames = origin === 'stack' ? 16 : 1;
  }

  called(call: SeenCall): void {
    const { name, parameters, outcome, started, ended, thread, stack, socket, moved, began } = call;
    const failed = outcome.code !== undefined || outcome.thrown !== undefined;
    if (!call.isChosen || (this.#settings.failures && (!failed || began))) return;
    const texts = argumentTexts(call, this.payload);
    this.#write({
      time: timeText(started),
      thread: thread.name,
      call: name,
      args: Object.fromEntries(parameters.map((one, index) => [one.name, texts[index]])),
      ...(outcome.thrown === undefined
        ? { result: resultOf(outcome.result) }
        : { refused: attempt(() => String(outcome.thrown)) }),
      ...failureOf(outcome.code, call.space),
      microseconds: microseconds(started, ended),
      ...(socket && { socket: socket.text }),
      ...(began && { operation: began.number }),
      ...this.#dataOf(moved),
      ...(call.fault !== undefined && { fault: call.fault }),
      ...this.#placeOf(stack),
    });
  }

  completed({ operation, code, bytes, moved, ended, thread, fault }: SeenCompletion): void {
    if (!operation.isChosen || (this.#settings.failures && code === 0)) return;
    this.#write({
      time: timeText(ended),
      thread: thread.name,
      completed: operation.name,
      operation: operation.number,
      socket: operation.socket?.text ?? String(operation.handle),
      bytes,
      ...failureOf(code, operation.space),
      microseconds: microseconds(operation.started, ended),
      ...this.#dataOf(moved),
      ...(fault !== undefined && { fault }),
      ...this.#placeOf(operation.stack),
    });
  }

  #dataOf(moved: Moved | undefined): object {
    if (!moved) return {};
    const { direction, length, bytes, hidden } = moved;
    const shown = hidden ?? Buffer.from(bytes).toString('latin1');
    const data = { [direction === 'in' ? 'received' : 'sent']: length };
    // Text in latin1 has a character for each byte.
    return bytes.length > 0 || hidden !== undefined ? { ...data, data: shown } : data;
  }

  #placeOf(stack: readonly string[]): object {
    if (stack.length === 0) return {};
    return this.#settings.origin === 'stack' ? { stack } : { place: stack[0] };
  }

  #write(value: object): void {
    this.#file.write(Buffer.from(`${jsonText(value)}\n`));
  }
}

function resultOf(result: unknown): unknown {
  return typeof result === 'number' ? result : attempt(() => showPlain(result));
}
