/**
 * Calls on other threads that a worker has asked for, and its end. The run time waits for them, because their memory is
 * the worker's; one that waits for what never comes would have it wait for ever, and a worker that is terminated runs
 * no JavaScript that could do anything about it. Here the system itself cancels what such a call waits for.
 *
 * The run time closes what a worker has open before it waits. So the worker opens one end of a pipe, and reads from
 * the other: the read ends with the worker, which sets an event, and whatever is registered to wait for that event is
 * called by a thread of the system.
 */
import type * as Net from 'node:net';
import { isMainThread, workerThreads } from '../native/builtins.ts';
import { createRequire, HERE } from '../native/here.ts';
import { koffi } from '../native/koffi.ts';
import { lastError, leavingLastError } from '../native/last-error.ts';
import { systemFunction } from '../native/native.ts';
import { hostArch, pointerSize } from '../types/arch.ts';
import { intptr } from '../types/scalars.ts';
import * as windows from '../windows.g.ts';

const createNamedPipe = systemFunction(windows.CreateNamedPipeW);
const closeHandle = systemFunction(windows.CloseHandle);
const createEvent = systemFunction(windows.CreateEventW);
const readFile = systemFunction(windows.ReadFile);
const localFree = systemFunction(windows.LocalFree);
const localAlloc = systemFunction(windows.LocalAlloc);
const getModuleHandle = systemFunction(windows.GetModuleHandleW);
const getProcAddress = systemFunction(windows.GetProcAddress);
const registerWait = systemFunction(windows.RegisterWaitForSingleObject);
const unregisterWait = systemFunction(windows.UnregisterWaitEx);

/** Addresses and handles as they are given to the functions above. */
const pointer = (value: unknown) => BigInt.asUintN(64, BigInt(value as number));

const POINTER_BYTES = pointerSize(hostArch);

/** The memory of a read is its OVERLAPPED, and behind that the byte that is read. */
const BYTE_AT = windows.OVERLAPPED_LAYOUT.size;

const addresses = new Map<string, bigint>();

function addressOf({ dll, name }: windows.SystemFunction): bigint {
  let address = addresses.get(name);
  if (address === undefined) {
    const module = getModuleHandle(Buffer.from(`${dll}.dll\0`, 'utf16le'));
    address = pointer(getProcAddress(pointer(module), Buffer.from(`${name}\0`)));
    addresses.set(name, address);
  }
  return address;
}

/**
 * Has the system call a function with one argument when the event is set.
 *
 * @returns what takes that back; undefined where it cannot be had
 */
function whenSet(
  event: bigint,
  ending: windows.SystemFunction,
  argument: bigint,
): bigint | undefined {
  const wait = new Uint8Array(new ArrayBuffer(POINTER_BYTES));
  const isRegistered = registerWait(
    wait,
    event,
    addressOf(ending),
    argument,
    windows.INFINITE,
    windows.WT_EXECUTEONLYONCE,
  );
  return isRegistered === 0 ? undefined : pointer(intptr.get(wait, 0));
}

/** Opens a pipe whose one end closes with the worker; gives the other. Undefined where there is none. */
function openPipe(): bigint | undefined {
  const name = `\\\\.\\pipe\\winsock-${process.pid}-${workerThreads().threadId}-${Date.now().toString(36)}`;
  const pipe = createNamedPipe(
    Buffer.from(`${name}\0`, 'utf16le'),
    windows.PIPE_ACCESS_DUPLEX + windows.FILE_FLAG_OVERLAPPED,
    0,
    1,
    0,
    0,
    0,
    null,
  ) as number;
  if (pipe === windows.INVALID_HANDLE_VALUE) return undefined;
  const net = createRequire(HERE)('node:net') as typeof Net;
  // Connected when this returns, or it never is.
  net
    .connect(name)
    .on('error', () => {})
    .unref();
  return pointer(pipe);
}

/** An event that is set when this worker ends; undefined where that cannot be had. */
function openEvent(): bigint | undefined {
  const pipe = openPipe();
  if (pipe === undefined) return undefined;
  const event = pointer(createEvent(null, 1, 0, null));
  if (event !== 0n && startRead(pipe, event)) return event;
  closeHandle(pipe);
  if (event !== 0n) closeHandle(event);
  return undefined;
}

/** Reads from the pipe for as long as the worker lives; false where that cannot be. */
function startRead(pipe: bigint, event: bigint): boolean {
  const bytes = new Uint8Array(BYTE_AT + 1);
  intptr.set(bytes, windows.OVERLAPPED_LAYOUT.hEvent, Number(event), 'hEvent');
  // What the system writes when the worker has ended is none of the worker's memory.
  const block = pointer(localAlloc(0, bytes.length));
  if (block === 0n) return false;
  const library = koffi();
  library.encode(block, library.array('uint8_t', bytes.length), bytes);
  const isOver = readFile(pipe, block + BigInt(BYTE_AT), 1, null, block) !== 0;
  if (isOver || lastError() !== windows.ERROR_IO_PENDING) {
    localFree(block);
    return false;
  }
  // The read is over when the event is set. The event itself stays: others may still be looking at it.
  whenSet(event, windows.CloseHandle, pipe);
  whenSet(event, windows.LocalFree, block);
  return true;
}

let event: bigint | undefined;
let isAsked = false;

/** The event that is set when this worker ends; undefined on the main thread, and where it cannot be had. */
export function endOfWorker(): bigint | undefined {
  if (isMainThread() || process.platform !== 'win32') return undefined;
  if (!isAsked) {
    isAsked = true;
    event = openEvent();
  }
  return event;
}

/**
 * Has what a handle is used for cancelled when this worker ends.
 *
 * @param end the event
 * @param handle a SOCKET or a HANDLE
 * @returns what takes that back, to be called when the call has returned
 */
export function cancelAtEnd(end: bigint, handle: number): () => void {
  // CancelIoEx takes the handle, and for its OVERLAPPED what says that it was no time limit: NULL, which is all.
  const wait = whenSet(end, windows.CancelIoEx, pointer(handle));
  return () => {
    if (wait !== undefined) leavingLastError(() => unregisterWait(wait, null));
  };
}
