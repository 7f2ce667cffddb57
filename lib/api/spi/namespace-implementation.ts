/** Name space providers that are written in TypeScript. */
import { WSAEFAULT, WSANOTINITIALISED } from '../../../defs/winerror.g.ts';
import { LPNSPSTARTUP, NSP_ROUTINE, NSPV2_ROUTINE } from '../../../defs/ws2spi.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { SocketError } from '../../ffi/errors/failure.ts';
import { addressOf } from '../../ffi/memory/memory.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import type { GUID } from '../../ffi/types/guid.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import type { TableProcedures } from '../extensions/function-table.ts';
import { NAMESPACE_FAILURES, NAMESPACE_V2_FAILURES } from './failures.ts';
import { type Procedure, ProcedureTable } from './procedure-table.ts';

/** The 9 functions of a name space provider, as TypeScript writes them. */
export type NamespaceProcedures = TableProcedures<NSP_ROUTINE>;
/** The 7 functions of a name space provider of version 2, as TypeScript writes them. */
export type NamespaceV2Procedures = TableProcedures<NSPV2_ROUTINE>;

/**
 * A name space provider written in TypeScript, for native code to use. What is said of the lifetimes
 * and threads of a TransportImplementation holds for it, with NSPStartup and NSPCleanup.
 *
 * These functions report errors by the thread's last error, which native code can see only where it
 * runs on the JavaScript thread: called from another thread they still return SOCKET_ERROR, but that
 * thread's last error is what it was.
 */
export interface NamespaceImplementation extends Disposable {
  /** The table with the addresses of the functions. */
  readonly table: NSP_ROUTINE;
  /** The address of an NSPStartup that fills a caller's table. */
  readonly startup: Pointer<LPNSPSTARTUP>;
  /** How often NSPStartup has succeeded and NSPCleanup has not followed. */
  readonly sessions: number;
  /** @throws Error with code ERR_WINSOCK_IN_USE while native code uses the provider */
  close(): void;
}

/**
 * A name space provider of version 2 written in TypeScript. Its sessions are begun by NSPv2Startup, which
 * is a function of the table.
 */
export interface NamespaceV2Implementation extends Disposable {
  /** The table with the addresses of the functions, for WSAAdvertiseProvider. */
  readonly table: NSPV2_ROUTINE;
  /** How often NSPv2Startup has succeeded and NSPv2Cleanup has not followed. */
  readonly sessions: number;
  /** @throws Error with code ERR_WINSOCK_IN_USE while native code uses the provider */
  close(): void;
}

export interface NamespaceOptions<Procedures> {
  /** What the provider is called in messages. */
  readonly name?: string;
  /** The versions that its table says, 1.0 where left out. */
  readonly majorVersion?: number;
  readonly minorVersion?: number;
  /**
   * Its functions. One that is missing fails with WSAEOPNOTSUPP. They are called with this object
   * as `this`.
   */
  readonly procedures: Partial<Procedures>;
}

/** The implementations of a table by name, those that begin and end a session with a count. */
function counted(
  options: NamespaceOptions<object>,
  names: { readonly begin?: string; readonly end: string },
  table: () => { sessions: number },
): (name: string) => Procedure | undefined {
  // Its members are functions, whatever their names.
  const procedures = options.procedures as Readonly<Record<string, Procedure | undefined>>;
  return (name) => {
    const own = procedures[name];
    const call = own && ((...args: never[]) => own.apply(procedures, args));
    if (name === names.begin) {
      return (...args: never[]) => {
        const result = call?.(...args) ?? 0;
        if (result === 0) table().sessions++;
        return result;
      };
    }
    if (name !== names.end) return call;
    return (...args: never[]) => {
      if (table().sessions === 0) throw new WinsockError(WSANOTINITIALISED, name);
      const result = call?.(...args) ?? 0;
      if (result === 0) table().sessions--;
      return result;
    };
  };
}

/** The smallest table that a caller may have: that of before NSPIoctl. */
const leastSize = () => offsetof(NSP_ROUTINE, 'NSPIoctl');

/**
 * Makes a name space provider of functions written in TypeScript.
 *
 * A function returns 0, or nothing, where it succeeds. It fails by throwing a WinsockError, from
 * which native code gets SOCKET_ERROR and the code as last error. Addresses that it is given are good
 * until it returns.
 *
 * Proved with a host of the package's tests that calls the functions from C. Windows itself loads
 * name space providers from DLLs only.
 *
 * @see https://learn.microsoft.com/windows/win32/winsock/name-space-service-providers-2
 */
export function implementNamespaceProvider(
  options: NamespaceOptions<NamespaceProcedures>,
): NamespaceImplementation {
  const functions: ProcedureTable<NSP_ROUTINE> = new ProcedureTable(NSP_ROUTINE, {
    name: options.name ?? 'the name space provider',
    failures: NAMESPACE_FAILURES,
    procedure: counted(options, { end: 'NSPCleanup' }, () => functions),
  });
  const { table } = functions;
  table.cbSize = sizeof(NSP_ROUTINE);
  table.dwMajorVersion = options.majorVersion ?? 1;
  table.dwMinorVersion = options.minorVersion ?? 0;

  const startup = (_id: GUID | null, caller: NSP_ROUTINE | null): number => {
    const room = Math.min(caller?.cbSize ?? 0, sizeof(NSP_ROUTINE));
    if (!caller || room < leastSize()) throw new WinsockError(WSAEFAULT, 'NSPStartup');
    // An older caller's table is shorter: nothing may be written behind it.
    const memory = memoryAt(addressOf(caller), room);
    memory.set(table.subarray(0, room));
    caller.cbSize = room;
    functions.sessions++;
    return 0;
  };
  const address = functions.register(LPNSPSTARTUP, 'NSPStartup', SocketError, startup);
  const close = () => functions.close();
  return {
    table,
    startup: address,
    get sessions() {
      return functions.sessions;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/**
 * Makes a name space provider of version 2 of functions written in TypeScript. What is said of
 * implementNamespaceProvider holds for it, but for NSPv2LookupServiceNextEx and NSPv2SetServiceEx, which
 * return nothing and report by WSAProviderCompleteAsyncCall, and for NSPv2ClientSessionRundown.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2spi/ns-ws2spi-nspv2_routine
 */
export function implementNamespaceV2Provider(
  options: NamespaceOptions<NamespaceV2Procedures>,
): NamespaceV2Implementation {
  const names = { begin: 'NSPv2Startup', end: 'NSPv2Cleanup' };
  const functions: ProcedureTable<NSPV2_ROUTINE> = new ProcedureTable(NSPV2_ROUTINE, {
    name: options.name ?? 'the name space provider',
    failures: NAMESPACE_V2_FAILURES,
    procedure: counted(options, names, () => functions),
  });
  const { table } = functions;
  table.cbSize = sizeof(NSPV2_ROUTINE);
  table.dwMajorVersion = options.majorVersion ?? 1;
  table.dwMinorVersion = options.minorVersion ?? 0;
  const close = () => functions.close();
  return {
    table,
    get sessions() {
      return functions.sessions;
    },
    close,
    [Symbol.dispose]: close,
  };
}
