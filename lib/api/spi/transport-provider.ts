/** Transport providers as a program uses them that loads them itself, as ws2_32.dll does. */

import { WSAPROTOCOL_INFOW } from '../../../defs/winsock2.g.ts';
import {
  LPWSPSTARTUP,
  WSPData,
  WSPPROC_TABLE,
  type WSPUPCALLTABLE,
} from '../../../defs/ws2spi.g.ts';
import { ReturnsCode } from '../../ffi/errors/failure.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { ref } from '../../ffi/types/ref.ts';
import { int } from '../../ffi/types/scalars.ts';
import type { Callable } from '../extensions/callable.ts';
import { type TableFunctions, tableFunctions } from '../extensions/function-table.ts';
import { TRANSPORT_FAILURES } from './failures.ts';
import { exportedBy } from './library.ts';
import { hostUpcalls } from './upcalls.ts';

/** The 30 functions of a transport provider under their documented names: WSPSocket, WSPBind … */
export type TransportFunctions = TableFunctions<WSPPROC_TABLE>;

/**
 * The functions of a table that a transport provider has filled.
 *
 * Each is called like any other function; its error code is what it writes through `lpErrno`.
 *
 * @param table as WSPStartup filled it
 */
export function transportFunctions(table: WSPPROC_TABLE): TransportFunctions {
  return tableFunctions(table, TRANSPORT_FAILURES);
}

/**
 * The WSPStartup of a transport provider's DLL.
 *
 * Returns an error code, 0 for success. The DLL is loaded at the first call and stays loaded.
 *
 * @param dll the path of the DLL, which may hold variables of the environment, as the catalog gives it
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nf-ws2spi-wspstartup
 */
export function wspStartupOf(dll: string): Callable<LPWSPSTARTUP> {
  return exportedBy(dll, 'WSPStartup', LPWSPSTARTUP, ReturnsCode);
}

export interface TransportProviderOptions {
  /** The path of the provider's DLL, as WSCGetProviderPath gives it. */
  readonly dll?: string;
  /** Instead of a DLL, the address of a WSPStartup: that of a provider written in TypeScript. */
  readonly startup?: Pointer<LPWSPSTARTUP>;
  /** Its entry of the catalog, as WSCEnumProtocols gives it; an empty one where left out. */
  readonly protocolInfo?: WSAPROTOCOL_INFOW;
  /** The version of the interface that is asked for; 2.2 where left out. */
  readonly version?: number;
  /** What the provider calls back; this package's own where left out. */
  readonly upcalls?: WSPUPCALLTABLE;
}

/** A transport provider that has been started. */
export interface TransportProvider extends Disposable {
  /** The versions that it supports and what it says of itself. */
  readonly data: WSPData;
  /** The addresses of its functions. */
  readonly table: WSPPROC_TABLE;
  /** Its functions. */
  readonly functions: TransportFunctions;
  /** Calls WSPCleanup, once. Its DLL stays loaded; its functions then fail with WSANOTINITIALISED. */
  close(): void;
}

const VERSION_2_2 = 0x0202;

function startupOf({ dll, startup }: TransportProviderOptions): Callable<LPWSPSTARTUP> {
  if ((dll === undefined) === (startup === undefined)) {
    throw new TypeError(
      'openTransportProvider: either dll or startup says which provider is meant',
    );
  }
  if (dll !== undefined) return wspStartupOf(dll);
  // A function of that type is called by what that type takes.
  return LPWSPSTARTUP.at(startup!, 'WSPStartup', ReturnsCode) as unknown as Callable<LPWSPSTARTUP>;
}

/**
 * Loads a transport provider and starts it: WSPStartup.
 *
 * Proved against a provider of the package's tests; Wine has no provider in a DLL of its own.
 *
 * @throws TypeError where neither a DLL nor an address is given, or both are
 * @throws WinsockError where WSPStartup fails: WSAVERNOTSUPPORTED, WSAEPROVIDERFAILEDINIT …
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nf-ws2spi-wspstartup
 */
export function openTransportProvider(options: TransportProviderOptions): TransportProvider {
  const { version = VERSION_2_2, upcalls = hostUpcalls() } = options;
  const { protocolInfo = new WSAPROTOCOL_INFOW() } = options;
  const data = new WSPData();
  const table = new WSPPROC_TABLE();
  startupOf(options).orThrow(version, data, protocolInfo, upcalls, table);
  const functions = transportFunctions(table);
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    functions.WSPCleanup.orThrow(ref(int));
    isOpen = false;
  };
  return { data, table, functions, close, [Symbol.dispose]: close };
}
