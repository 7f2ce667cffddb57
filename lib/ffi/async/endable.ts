/** Calls on other threads of a worker, so that they end when the worker does. */
import { isUint8Array } from '../memory/intrinsics.ts';
import { isMainThread } from '../native/builtins.ts';
import type { NativeFunction } from '../native/kernel32.ts';
import { leavingLastError } from '../native/last-error.ts';
import { bindSystem } from '../native/native.ts';
import { hostArch, pointerSize } from '../types/arch.ts';
import { intptr } from '../types/scalars.ts';
import {
  MAXIMUM_WAIT_OBJECTS,
  WaitForMultipleObjects,
  WaitForMultipleObjectsEx,
} from '../windows.g.ts';
import { cancelAtEnd, endOfWorker } from './worker-end.ts';

/** A call as it is handed over. */
export interface Handed {
  readonly native: NativeFunction;
  readonly args: readonly unknown[];
}

/** A call that ends with the worker, and what takes that back when it has returned. */
interface Endable extends Handed {
  readonly spare: () => void;
}

const nothing = () => {};

const HANDLE_BYTES = pointerSize(hostArch);

/** Handles, and behind them the event that is set when the worker ends. */
function withEnd(handles: Uint8Array, count: number, end: bigint): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer((count + 1) * HANDLE_BYTES));
  bytes.set(handles.subarray(0, count * HANDLE_BYTES));
  intptr.set(bytes, count * HANDLE_BYTES, Number(end), 'handles');
  return bytes;
}

/** Waits for one object as for several: with the results that they have in common. */
function waitForOne(
  severally: NativeFunction,
  [handle, ...rest]: readonly unknown[],
  end: bigint,
): Handed {
  const one = new Uint8Array(HANDLE_BYTES);
  intptr.set(one, 0, handle, 'handle');
  return { native: severally, args: [2, withEnd(one, 1, end), 0, ...rest] };
}

const several = new Map<string, NativeFunction>();

function severalOf(definition: typeof WaitForMultipleObjects): NativeFunction {
  let native = several.get(definition.name);
  if (native === undefined) {
    native = bindSystem(definition);
    several.set(definition.name, native);
  }
  return native;
}

/** A wait that is over when the worker ends as well, which nobody is left to be told of; undefined for other calls. */
function endableWait(name: string, { native, args }: Handed, end: bigint): Handed | undefined {
  switch (name) {
    case 'WaitForSingleObject':
      return waitForOne(severalOf(WaitForMultipleObjects), args, end);
    case 'WaitForSingleObjectEx':
      return waitForOne(severalOf(WaitForMultipleObjectsEx), args, end);
    case 'WaitForMultipleObjects':
    case 'WaitForMultipleObjectsEx':
    case 'WSAWaitForMultipleEvents': {
      const [count, handles, waitsForAll, ...rest] = args as [
        number,
        unknown,
        number,
        ...unknown[],
      ];
      if (
        !isUint8Array(handles) ||
        count === 0 ||
        count >= MAXIMUM_WAIT_OBJECTS ||
        waitsForAll !== 0
      ) {
        return undefined;
      }
      return { native, args: [count + 1, withEnd(handles, count, end), 0, ...rest] };
    }
    default:
      return undefined;
  }
}

/**
 * A call that ends when the worker does that makes it: what it waits for is waited for together with that end, and
 * what it does with a SOCKET or a HANDLE is cancelled then. On the main thread it is the call itself.
 *
 * @param name the function
 * @param handle the SOCKET or HANDLE that the call is about; undefined where it is about none
 */
export function endable(name: string, call: Handed, handle: number | undefined): Endable {
  if (isMainThread() || (handle === undefined && !name.includes('Wait'))) {
    return { ...call, spare: nothing };
  }
  return leavingLastError(() => {
    const end = endOfWorker();
    if (end === undefined) return { ...call, spare: nothing };
    const wait = endableWait(name, call, end);
    if (wait) return { ...wait, spare: nothing };
    return { ...call, spare: handle === undefined ? nothing : cancelAtEnd(end, handle) };
  });
}
