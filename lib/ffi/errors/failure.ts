import { systemFunction } from '../native/native.ts';
import {
  INADDR_NONE,
  INVALID_HANDLE_VALUE,
  INVALID_SOCKET,
  RtlNtStatusToDosError,
  SOCKET_ERROR,
  WAIT_FAILED,
} from '../windows.g.ts';
import type { CodeSpace } from './names.ts';

/** How a function of Windows says that it failed, and where the code of the error is. */
export interface Failure {
  /** What a failed call returns, in words. */
  readonly name: string;
  /** The number behind that name. */
  readonly value?: number;
  fails(result: unknown): boolean;
  /** What holds the error code: the thread's last error, the result, or what a parameter points to. */
  readonly code: 'lastError' | 'result' | { readonly parameter: string };
  /** Turns a code of another numbering into one of Windows' error codes. */
  readonly translate?: (code: number) => number;
  /** Codes that mean "started, not finished" rather than failure. */
  readonly pending: readonly number[];
  /** Whose code it is, where the function's DLL does not say so. */
  readonly space?: CodeSpace;
}

/** A function that returns a certain value when it failed, and leaves the code as the last error. */
function lastErrorWhen(name: string, value: number): Failure {
  return { name, value, fails: (result) => result === value, code: 'lastError', pending: [] };
}

/** SOCKET_ERROR, -1. */
export const SocketError = lastErrorWhen('SOCKET_ERROR', SOCKET_ERROR);
/** INVALID_SOCKET, -1. */
export const InvalidSocket = lastErrorWhen('INVALID_SOCKET', INVALID_SOCKET);
/** INVALID_HANDLE_VALUE, -1. */
export const InvalidHandle = lastErrorWhen('INVALID_HANDLE_VALUE', INVALID_HANDLE_VALUE);
/** FALSE, 0. */
export const IsFalse = lastErrorWhen('FALSE', 0);
/** WSA_INVALID_EVENT, which is NULL. */
export const InvalidEvent = lastErrorWhen('WSA_INVALID_EVENT', 0);
/** WAIT_FAILED, 0xffffffff. */
export const WaitFailed = lastErrorWhen('WAIT_FAILED', WAIT_FAILED);
/** INADDR_NONE, 0xffffffff. */
export const InetNone = lastErrorWhen('INADDR_NONE', INADDR_NONE);
/** NULL, whether the result is an address, a record or a string. */
export const IsNull: Failure = {
  name: 'NULL',
  fails: (result) => result === null || result === 0,
  code: 'lastError',
  pending: [],
};

/** The result is the code; zero is success. */
export const ReturnsCode: Failure = {
  name: 'a non-zero error code',
  fails: (result) => result !== 0,
  code: 'result',
  pending: [],
};

const rtlNtStatusToDosError = systemFunction(RtlNtStatusToDosError);

/** The result is an NTSTATUS; negative is failure. The error's code is the system's own translation. */
export const ReturnsNtStatus: Failure = {
  name: 'an NTSTATUS below zero',
  fails: (result) => ((result as number) | 0) < 0,
  code: 'result',
  translate(status) {
    // It gives a ULONG.
    return rtlNtStatusToDosError(status | 0) as number;
  },
  pending: [],
};

/** The function cannot fail, or has no way to say so. */
export const NeverFails: Failure = {
  name: 'nothing',
  fails: () => false,
  code: 'result',
  pending: [],
};

/** The code is written through a parameter, as the WSC and WSP functions do with lpErrno. */
/* @__NO_SIDE_EFFECTS__ */
export function ErrnoOut(parameter: string, when: Failure): Failure {
  return { ...when, code: { parameter } };
}

/** A failure convention with codes that are no failure: they mean that the operation goes on. */
/* @__NO_SIDE_EFFECTS__ */
export function pending(failure: Failure, ...codes: number[]): Failure {
  return { ...failure, pending: codes };
}

/** A failure convention whose codes are not those of the function's DLL. */
/* @__NO_SIDE_EFFECTS__ */
export function codesOf(space: CodeSpace, failure: Failure): Failure {
  return { ...failure, space };
}

/** The conventions by name, as defs/api.json has them. */
export const CONVENTIONS = {
  SocketError,
  InvalidSocket,
  InvalidHandle,
  IsFalse,
  IsNull,
  InvalidEvent,
  WaitFailed,
  InetNone,
  ReturnsCode,
  ReturnsNtStatus,
  NeverFails,
};

/** How a function says that it failed, as data. */
export interface FailureData {
  readonly convention: keyof typeof CONVENTIONS;
  /** Names of the codes that mean "started, not finished" rather than failure. */
  readonly pending?: readonly string[];
  /** The parameter through which the code is written. */
  readonly codeIn?: string;
  /** Whose code it is, where the function's DLL does not say so. */
  readonly space?: CodeSpace;
}
