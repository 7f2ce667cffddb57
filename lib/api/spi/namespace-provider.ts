/** Name space providers as a program uses them that loads them itself, as ws2_32.dll does. */
import { LPNSPSTARTUP, NSP_ROUTINE, type NSPV2_ROUTINE } from '../../../defs/ws2spi.g.ts';
import { SocketError } from '../../ffi/errors/failure.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import type { GUID } from '../../ffi/types/guid.ts';
import { pvoid } from '../../ffi/types/pointer.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import type { Callable } from '../extensions/callable.ts';
import { type TableFunctions, tableFunctions } from '../extensions/function-table.ts';
import { NAMESPACE_FAILURES, NAMESPACE_V2_FAILURES } from './failures.ts';
import { exportedBy } from './library.ts';

/** The 9 functions of a name space provider under their documented names. */
export type NamespaceFunctions = TableFunctions<NSP_ROUTINE>;
/** The 7 functions of a name space provider of version 2 under their documented names. */
export type NamespaceV2Functions = TableFunctions<NSPV2_ROUTINE>;

/**
 * The functions of a table that a name space provider has filled, as far as its `cbSize` says.
 *
 * @param table as NSPStartup filled it
 */
export function namespaceFunctions(table: NSP_ROUTINE): NamespaceFunctions {
  return tableFunctions(table, NAMESPACE_FAILURES, table.cbSize);
}

/**
 * The functions of the table of a name space provider of version 2, as far as its `cbSize` says.
 *
 * @param table as the provider gives it to WSAAdvertiseProvider
 */
export function namespaceV2Functions(table: NSPV2_ROUTINE): NamespaceV2Functions {
  return tableFunctions(table, NAMESPACE_V2_FAILURES, table.cbSize);
}

/**
 * The NSPStartup of a name space provider's DLL.
 *
 * Fails with SOCKET_ERROR. The DLL is loaded at the first call and stays loaded.
 *
 * @param dll the path of the DLL, which may hold variables of the environment, as the catalog gives it
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nf-ws2spi-nspstartup
 */
export function nspStartupOf(dll: string): Callable<LPNSPSTARTUP> {
  return exportedBy(dll, 'NSPStartup', LPNSPSTARTUP, SocketError);
}

/** A name space provider that has been started. */
export interface NamespaceProvider extends Disposable {
  /** The addresses of its functions, and the versions that it supports. */
  readonly table: NSP_ROUTINE;
  /** Its functions. */
  readonly functions: NamespaceFunctions;
  /** Calls NSPCleanup, once. Its DLL stays loaded. */
  close(): void;
}

/** A session with a name space provider of version 2. */
export interface NamespaceV2Provider extends Disposable {
  /** Its functions. */
  readonly functions: NamespaceV2Functions;
  /** What the provider tells its clients by: the last parameter of its functions. */
  readonly session: Pointer;
  /** Calls NSPv2Cleanup, once. */
  close(): void;
}

function closing(cleanup: () => void): () => void {
  let isOpen = true;
  return () => {
    if (!isOpen) return;
    cleanup();
    isOpen = false;
  };
}

/**
 * Loads a name space provider and starts it: NSPStartup.
 *
 * Proved against a provider of the package's tests.
 *
 * @param provider the path of the DLL, as the catalog gives it, or the address of an NSPStartup: that
 *   of a provider written in TypeScript
 * @param providerId which of the providers in the DLL, as WSAEnumNameSpaceProviders gives it
 * @throws WinsockError where NSPStartup fails
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nf-ws2spi-nspstartup
 */
export function openNamespaceProvider(
  provider: string | Pointer<LPNSPSTARTUP>,
  providerId: GUID,
): NamespaceProvider {
  const table = new NSP_ROUTINE();
  table.cbSize = sizeof(NSP_ROUTINE);
  // A function of that type is called by what that type takes.
  const startup =
    typeof provider === 'string'
      ? nspStartupOf(provider)
      : (LPNSPSTARTUP.at(provider, 'NSPStartup', SocketError) as unknown as Callable<LPNSPSTARTUP>);
  startup.orThrow(providerId, table);
  const functions = namespaceFunctions(table);
  const close = closing(() => functions.NSPCleanup.orThrow(providerId));
  return { table, functions, close, [Symbol.dispose]: close };
}

/**
 * Begins a session with a name space provider of version 2: NSPv2Startup.
 *
 * Proved against a provider of the package's tests. NSPv2LookupServiceNextEx and NSPv2SetServiceEx
 * return nothing: the provider reports by WSAProviderCompleteAsyncCall with the handle that it is
 * given, and handles of that kind are made by ws2_32.dll only.
 *
 * @param table as the provider gives it to WSAAdvertiseProvider
 * @param providerId the identifier of the provider
 * @throws WinsockError where NSPv2Startup fails
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/nc-ws2spi-lpnspv2startup
 */
export function openNamespaceV2Provider(
  table: NSPV2_ROUTINE,
  providerId: GUID,
): NamespaceV2Provider {
  const functions = namespaceV2Functions(table);
  const argument = ref(pvoid);
  functions.NSPv2Startup.orThrow(providerId, argument);
  const session = argument.value;
  const close = closing(() => functions.NSPv2Cleanup.orThrow(providerId, session));
  return { functions, session, close, [Symbol.dispose]: close };
}
