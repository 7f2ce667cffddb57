import { WSAEOPNOTSUPP, WSASYSCALLFAILURE } from '../../../defs/winerror.g.ts';
import { WSAGetLastError, WSASetLastError } from '../../../defs/winsock2.g.ts';
import { type CallbackType, callback } from '../../ffi/callbacks/callback.ts';
import { keepError } from '../../ffi/callbacks/thrown.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { Failure } from '../../ffi/errors/failure.ts';
import type { Pointer, RegisteredFunction } from '../../ffi/types/ctype.ts';
import { cast } from '../../ffi/types/pointer.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import { int } from '../../ffi/types/scalars.ts';
import { entriesOf, failureOf, type TableFailures } from '../extensions/function-table.ts';

/** An implementation: what native code gives it is what its C type says. */
export type Procedure = (...args: never[]) => unknown;

/** Tables that native code may call. They stay, whatever else of the provider is let go of. */
const live = new Set<object>();

export interface ProcedureTableOptions<T extends Struct> {
  /** What the provider is called in messages. */
  readonly name: string;
  readonly failures: TableFailures;
  /** The implementation of a function by its documented name; undefined where there is none. */
  procedure(name: string): Procedure | undefined;
  /** The table whose functions stand for those without an implementation. */
  readonly base?: T | undefined;
}

/** What a function returns when it fails. */
function failedResult(failure: Failure, code: number): number {
  if (failure.code === 'result') return failure.fails(code) ? code : 0;
  return failure.fails(-1) ? -1 : 0;
}

const Probe = /*#__PURE__*/ callback<() => number>('WinsockProbe', () => [int]);

let canReport = false;

/**
 * Goes once through all that happens when a function fails. Much of it is loaded at its first use,
 * which changes the last error behind the code that is to be reported.
 */
function prepareToReport(): void {
  if (canReport) return;
  canReport = true;
  const probe = Probe.register(() => {
    WSASetLastError(new WinsockError(WSAGetLastError(), 'WinsockProbe').errno);
    return 0;
  });
  Probe.at(probe.address)();
  probe.close();
}

function reportCode(failure: Failure, code: number, lpErrno: unknown): void {
  if (failure.code === 'lastError') WSASetLastError(code);
  else if (typeof lpErrno === 'number' && lpErrno !== 0) cast(int, lpErrno).value = code;
}

/** A table of functions written in TypeScript, for native code to call until it is closed. */
export class ProcedureTable<T extends Struct> {
  readonly table: T;
  /** How often the provider has been started and not been cleaned up. */
  sessions = 0;
  readonly #name: string;
  readonly #callbacks: RegisteredFunction[] = [];
  #running = 0;
  #isClosed = false;

  constructor(type: StructType<T>, options: ProcedureTableOptions<T>) {
    const { name, failures, base } = options;
    this.#name = name;
    this.table = new type();
    for (const entry of entriesOf(type)) {
      const implementation = options.procedure(entry.name);
      const failure = failureOf(failures, entry.name);
      const inherited = base && entry.type.get(base, entry.offset);
      const address =
        !implementation && inherited
          ? inherited
          : this.register(entry.type, entry.name, failure, implementation ?? missing(entry.name));
      entry.type.set(this.table, entry.offset, address, entry.field);
    }
    live.add(this);
  }

  /**
   * Makes one function callable by native code, as long as the table is.
   *
   * Where it throws a WinsockError native code gets the failure of the function with that code. Where
   * it throws anything else, native code gets WSASYSCALLFAILURE, and the error is thrown where the
   * native call returns to JavaScript.
   */
  register<F extends (...args: never[]) => unknown>(
    type: CallbackType<F>,
    name: string,
    failure: Failure,
    implementation: Procedure,
  ): Pointer<F> {
    const [, ...parameters] = type.signature();
    const { code } = failure;
    if (code === 'lastError') prepareToReport();
    const errnoIndex =
      typeof code === 'object' ? parameters.findIndex((one) => one.name === code.parameter) : -1;
    const guarded = (...args: never[]) => {
      this.#running++;
      try {
        return implementation(...args);
      } catch (error) {
        const known = error instanceof WinsockError;
        if (!known) keepError(error);
        const errno = known ? error.errno : WSASYSCALLFAILURE;
        reportCode(failure, errno, args[errnoIndex]);
        return failedResult(failure, errno);
      } finally {
        this.#running--;
      }
    };
    Object.defineProperty(guarded, 'name', { value: name });
    // It takes what native code gives, and gives what `failedResult` or the implementation says.
    const registered = type.register(guarded as unknown as F);
    this.#callbacks.push(registered);
    return registered.address;
  }

  /**
   * Takes the functions away from native code and clears the table.
   *
   * @throws Error while native code uses them: a function is running, or the provider has been
   *   started more often than cleaned up
   */
  close(): void {
    if (this.#isClosed) return;
    const use =
      this.#running > 0
        ? 'one of its functions is running'
        : this.sessions > 0 && `it has been started ${this.sessions} times and not cleaned up`;
    if (use) {
      const message = `${this.#name} cannot be closed: ${use}`;
      throw Object.assign(new Error(message), { code: 'ERR_WINSOCK_IN_USE' });
    }
    this.#isClosed = true;
    this.table.fill(0);
    for (const registered of this.#callbacks) registered.close();
    live.delete(this);
  }
}

function missing(name: string): Procedure {
  return () => {
    throw new WinsockError(WSAEOPNOTSUPP, name);
  };
}
