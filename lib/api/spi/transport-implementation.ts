/** Transport providers that are written in TypeScript. */
import { WSAEFAULT, WSANOTINITIALISED, WSAVERNOTSUPPORTED } from '../../../defs/winerror.g.ts';
import type { WSAPROTOCOL_INFOW } from '../../../defs/winsock2.g.ts';
import {
  LPWSPSTARTUP,
  type WSPData,
  WSPDESCRIPTION_LEN,
  WSPPROC_TABLE,
  type WSPUPCALLTABLE,
} from '../../../defs/ws2spi.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { ReturnsCode } from '../../ffi/errors/failure.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import type { TableProcedures } from '../extensions/function-table.ts';
import { TRANSPORT_FAILURES } from './failures.ts';
import { type Procedure, ProcedureTable } from './procedure-table.ts';
import { transportFunctions } from './transport-provider.ts';
import { type UpcallFunctions, upcallFunctions } from './upcalls.ts';

/** The 30 functions of a transport provider, as TypeScript writes them. */
export type TransportProcedures = TableProcedures<WSPPROC_TABLE>;

/** What a provider learns when it is started. */
export interface TransportSession {
  /** The highest version of the interface that the caller can use. */
  readonly version: number;
  /** The entry of the catalog that the provider is started for. */
  readonly protocolInfo: WSAPROTOCOL_INFOW | null;
  /** What the provider can call of the program that has started it. */
  readonly upcalls: UpcallFunctions;
}

export interface TransportImplementationOptions {
  /** What WSPData says of the provider, at most 255 characters. */
  readonly description?: string;
  /**
   * Its functions. Where one is missing, that of `base` stands for it, or one that fails with
   * WSAEOPNOTSUPP. They are called with this object as `this`.
   */
  readonly procedures: Partial<TransportProcedures>;
  /** The table of the provider below, for a layered provider. Its own WSPStartup has filled it. */
  readonly base?: WSPPROC_TABLE;
  /**
   * Called by WSPStartup. A WinsockError that it throws is the code that WSPStartup returns. The
   * entry of the catalog is the caller's memory and good until it returns; the upcalls stay.
   */
  onStartup?(session: TransportSession): void;
}

/**
 * A transport provider written in TypeScript, for native code to use.
 *
 * Lifetimes: the table and `startup` can be called until `close()`, whether or not the program keeps
 * this object. `close()` refuses while a function is running, and while WSPStartup has been called
 * more often than WSPCleanup. It clears `table`; copies that native code has made of it then point
 * nowhere, and calling one of them ends the process, as with a DLL that has been unloaded.
 *
 * Threads: the functions run on the JavaScript thread. A call from another thread waits until that
 * thread has time, and for ever where the JavaScript thread itself is blocked in a native call that
 * waits for it; make such a call by `.async`.
 */
export interface TransportImplementation extends Disposable {
  /** The table with the addresses of the functions. */
  readonly table: WSPPROC_TABLE;
  /** The address of a WSPStartup that fills a caller's table. */
  readonly startup: Pointer<LPWSPSTARTUP>;
  /** How often WSPStartup has succeeded and WSPCleanup has not followed. */
  readonly sessions: number;
  /** @throws Error with code ERR_WINSOCK_IN_USE while native code uses the provider */
  close(): void;
}

const VERSION_2_2 = 0x0202;

/**
 * Makes a transport provider of functions written in TypeScript.
 *
 * A function returns what its C type says; nothing stands for 0. It reports failure as in C, by its
 * result and through `lpErrno`, or throws a WinsockError, which does both. Addresses that it is given
 * are good until it returns.
 *
 * Proved with a host of the package's tests that calls all 30 functions from C. Windows itself loads
 * transport providers from DLLs only.
 *
 * @throws RangeError where the description is too long
 * @see https://learn.microsoft.com/windows/win32/winsock/transport-service-providers-2
 */
export function implementTransportProvider(
  options: TransportImplementationOptions,
): TransportImplementation {
  const { procedures, base, description = '' } = options;
  if (description.length > WSPDESCRIPTION_LEN) {
    throw new RangeError(`description: ${description.length} characters, at most 255 fit`);
  }
  const baseCleanup = base && transportFunctions(base).WSPCleanup;

  const cleanup = (lpErrno: Pointer<number>) => {
    if (functions.sessions === 0) throw new WinsockError(WSANOTINITIALISED, 'WSPCleanup');
    const own = procedures.WSPCleanup?.(lpErrno);
    const result = own ?? baseCleanup?.(lpErrno) ?? 0;
    if (result === 0) functions.sessions--;
    return result;
  };
  const functions = new ProcedureTable(WSPPROC_TABLE, {
    name: description || 'the transport provider',
    failures: TRANSPORT_FAILURES,
    base,
    procedure(name) {
      if (name === 'WSPCleanup') return cleanup;
      // The names of the table's functions are those of TransportProcedures.
      const own: Procedure | undefined = procedures[name as keyof TransportProcedures];
      return own && ((...args) => own.apply(procedures, args));
    },
  });

  const startup = (
    version: number,
    data: WSPData | null,
    protocolInfo: WSAPROTOCOL_INFOW | null,
    upcalls: WSPUPCALLTABLE,
    table: WSPPROC_TABLE | null,
  ): number => {
    if ((version & 0xff) < 2) return WSAVERNOTSUPPORTED;
    if (!table || !data) return WSAEFAULT;
    // 2.0 and 2.1 have the same functions as 2.2, which is the latest.
    data.wVersion = version === 0x0002 || version === 0x0102 ? version : VERSION_2_2;
    data.wHighVersion = VERSION_2_2;
    for (let i = 0; i <= WSPDESCRIPTION_LEN; i++) {
      data.szDescription[i] = i < description.length ? description.charCodeAt(i) : 0;
    }
    options.onStartup?.({ version, protocolInfo, upcalls: upcallFunctions(upcalls) });
    table.set(functions.table);
    functions.sessions++;
    return 0;
  };
  const address = functions.register(LPWSPSTARTUP, 'WSPStartup', ReturnsCode, startup);
  const close = () => functions.close();
  return {
    table: functions.table,
    startup: address,
    get sessions() {
      return functions.sessions;
    },
    close,
    [Symbol.dispose]: close,
  };
}
