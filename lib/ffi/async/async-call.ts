/** Calls on another thread, and the memory that they use until they are over. */

import { closeAll, errorOf } from '../callbacks/thrown.ts';
import { verifyAll } from '../calls/assemble.ts';
import type { Definition } from '../calls/definition.ts';
import { failureCode, type Prepared } from '../calls/prepare.ts';
import { WinsockError } from '../errors/errors.ts';
import { codeSpaceOf } from '../errors/names.ts';
import { holdInPlace } from '../memory/held.ts';
import { byteLengthOf } from '../memory/intrinsics.ts';
import { type AsyncObservation, observer } from '../trace/observer.ts';
import type { Outcome } from '../trace/outcome.ts';
import type { RegisteredFunction } from '../types/ctype.ts';
import { intptr } from '../types/scalars.ts';
import { queueCall } from './queue.ts';

/** Memory that a call uses, as it was when the call was asked for. */
interface Used {
  readonly memory: Uint8Array;
  readonly bytes: number;
  readonly where: string;
}

/** A call that has been asked for: from here on its memory stays, whatever the program does with it. */
interface Asked {
  readonly converted: readonly unknown[];
  readonly callbacks: RegisteredFunction[];
  readonly used: readonly Used[];
}

/** Holds the memory of the arguments, and of what their pointers point to, and keeps it where it is. */
function use(
  converted: readonly unknown[],
  { parameters }: Prepared,
  syscall: string,
): readonly Used[] {
  const used: Used[] = [];
  for (let i = 0; i < converted.length; i++) {
    const where = `${syscall}: ${parameters[i]!.name}`;
    for (const memory of holdInPlace(converted[i], where)) {
      used.push({ memory, bytes: byteLengthOf(memory), where });
    }
  }
  return used;
}

function ask(prepared: Prepared, args: readonly unknown[], syscall: string): Asked {
  const { convert, checks, transients } = prepared;
  const before = transients.length;
  try {
    const converted: unknown[] = [];
    for (let i = 0; i < convert.length; i++) converted.push(convert[i]!(args[i]));
    verifyAll(checks, converted);
    const used = use(converted, prepared, syscall);
    return { converted, callbacks: transients.splice(before), used };
  } catch (error) {
    closeAll(transients, before);
    throw error;
  }
}

/** Asks for a call, and tells whoever looks at calls where its arguments are refused. */
function askSeen(
  prepared: Prepared,
  args: readonly unknown[],
  syscall: string,
  seen: AsyncObservation | undefined,
): Asked {
  try {
    return ask(prepared, args, syscall);
  } catch (thrown) {
    seen?.finished({ thrown });
    throw thrown;
  }
}

/** The SOCKET or HANDLE that a call is about: its first argument of such a type. */
function handleOf({ parameters }: Prepared, converted: readonly unknown[]): number | undefined {
  const index = parameters.findIndex(({ type }) => type === intptr);
  return index < 0 ? undefined : (converted[index] as number);
}

/** @throws TypeError where memory of a call was taken away all the same */
function requireMemory(used: readonly Used[]): void {
  for (let i = 0; i < used.length; i++) {
    const { memory, bytes, where } = used[i]!;
    if (byteLengthOf(memory) === bytes) continue;
    throw new TypeError(`${where}: the memory was transferred before the call was over`);
  }
}

/** Makes a call on another thread; rejects where it fails. */
export function callAsync(
  definition: Definition,
  prepared: Prepared,
  args: readonly unknown[],
): Promise<unknown> {
  const { failure, name } = definition;
  const { parameters, native, finish, checks, recheck } = prepared;
  return new Promise((resolve, reject) => {
    const seen = observer()?.begin(definition, parameters, args);
    const { converted, callbacks, used } = askSeen(prepared, args, name, seen);
    // Lengths and records may have changed while the call waited for its turn.
    const ready = () => {
      requireMemory(used);
      recheck(converted);
      verifyAll(checks, converted);
      return seen?.adjust?.(converted) ?? converted;
    };
    const ended = ({ result, code }: Outcome) => {
      seen?.finished({ result, ...(code === undefined ? {} : { code }) });
      if (code !== undefined && !failure.pending.includes(code)) {
        reject(new WinsockError(code, name, { space: codeSpaceOf(definition) }));
        return;
      }
      requireMemory(used);
      resolve(result);
    };
    const finished = (error: unknown, raw: unknown) => {
      const errors = closeAll(callbacks);
      if (error || errors.length > 0) {
        const thrown = error || errorOf(errors);
        seen?.finished({ thrown });
        reject(thrown);
        return;
      }
      const result = finish ? finish(raw) : raw;
      prepared.noteAllocated?.(result, converted);
      // Only inside this callback does the thread show the error of the call that ran elsewhere.
      const code = failure.fails(result)
        ? failureCode(failure, parameters, result, converted)
        : undefined;
      ended({ result, ...(code === undefined ? {} : { code }) });
    };
    const instead = seen?.instead;
    if (instead && 'outcome' in instead) {
      closeAll(callbacks);
      ended(instead.outcome);
      return;
    }
    const whenOver = (error: unknown, raw: unknown) => {
      try {
        finished(error, raw);
      } catch (broken) {
        reject(broken);
      }
    };
    const handle = handleOf(prepared, converted);
    const queue = () => queueCall({ name, native, args: ready, done: whenOver, handle });
    if (instead) setTimeout(queue, instead.wait);
    else queue();
  });
}
