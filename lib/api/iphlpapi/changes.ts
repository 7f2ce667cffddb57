/**
 * Changes of the network. Windows calls the function that it is given from threads of its own, also when
 * the worker that has asked for it is long gone, and whoever ends a subscription waits for it. So it is
 * given no JavaScript but SetEvent, with an event as the context: the event is looked at by a timer, and
 * what has changed is found by comparing the tables.
 */
import {
  CloseHandle,
  CreateEventW,
  GetModuleHandleW,
  GetProcAddress,
  WAIT_OBJECT_0,
  WaitForSingleObject,
} from '../../../defs/kernel.g.ts';
import {
  CancelMibChangeNotify2,
  type MIB_IPFORWARD_ROW2,
  type MIB_IPINTERFACE_ROW,
  type MIB_UNICASTIPADDRESS_ROW,
  MibInitialNotification,
  MibParameterNotification,
  NotifyIpInterfaceChange,
  NotifyRouteChange2,
  NotifyUnicastIpAddressChange,
} from '../../../defs/netioapi.g.ts';
import { HANDLE } from '../../../defs/windows.g.ts';
import { AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { AnyFunction, Pointer } from '../../ffi/types/ctype.ts';
import { describe } from '../../ffi/types/describe.ts';
import type { Struct } from '../../ffi/types/record.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';
import { ipForwardTable2, ipInterfaceTable, unicastIpAddressTable } from './mib-tables.ts';
import {
  type Comparison,
  changesBetween,
  INTERFACES,
  type KnownRows,
  knownRows,
  ROUTES,
  UNICAST_ADDRESSES,
} from './table-changes.ts';

/** How often an event is looked at. */
const INTERVAL_MILLISECONDS = 100;

/**
 * Called with a change.
 *
 * @param row what changed, as it is now, or as it was where it is deleted; null at the first call that was
 *   asked for, and where the system told of a change that its table does not show
 * @param type MibParameterNotification, MibAddInstance, MibDeleteInstance or MibInitialNotification
 */
export type ChangeListener<Row> = (row: Row | null, type: number) => void;

/** Which changes are reported. */
export interface ChangeOptions {
  /** AF_INET, AF_INET6, or AF_UNSPEC for both, which is what is taken where left out. */
  readonly family?: number;
  /** Whether the listener is called once at the start, to know that it is in place. */
  readonly initial?: boolean;
}

/** What the three functions have in common. */
interface Notify<F extends AnyFunction> {
  orThrow(
    family: number,
    callback: Pointer<F>,
    context: Pointer,
    initial: number,
    handle: Ref<HANDLE>,
  ): number;
}

/** Changes are reported until it is closed. Until then it keeps the process alive, unless `unref` says otherwise. */
export class ChangeSubscription {
  readonly #timer: NodeJS.Timeout;
  readonly #end: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /**
   * @param timer looks for changes
   * @param end has the system end its reports
   */
  constructor(timer: NodeJS.Timeout, end: () => Promise<void>) {
    this.#timer = timer;
    this.#end = end;
  }

  /** Lets it keep the process alive, which is how it starts. */
  ref(): this {
    this.#timer.ref();
    return this;
  }

  /** Lets the process end although changes are reported. */
  unref(): this {
    this.#timer.unref();
    return this;
  }

  /** Ends the reports, by CancelMibChangeNotify2: the listener is not called any more. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The table as it is; empty where this system has none. */
function look<Row extends Struct>(table: () => Iterable<Row>, by: Comparison): KnownRows<Row> {
  try {
    return knownRows(table(), by);
  } catch (error) {
    if (error instanceof WinsockError) return new Map();
    throw error;
  }
}

function subscribe<F extends AnyFunction, Row extends Struct>(
  notify: Notify<F>,
  table: (family: number) => Iterable<Row>,
  by: Comparison,
  listener: ChangeListener<Row>,
  { family = AF_UNSPEC, initial = false }: ChangeOptions,
): ChangeSubscription {
  if (typeof listener !== 'function') {
    throw new TypeError(`a listener is a function, got ${describe(listener)}`);
  }
  // As bytes: Bun 1.4 crashes at the end of a worker that has given text to a call.
  const kernel = GetModuleHandleW.orThrow(Buffer.from('kernel32.dll\0', 'utf16le'));
  const setEvent = GetProcAddress.orThrow(kernel, Buffer.from('SetEvent\0'));
  const event = CreateEventW.orThrow(null, 0, 0, null);
  const handle = ref(HANDLE);
  try {
    // An address and a handle are what the prototypes call a callback and a context.
    notify.orThrow(family, setEvent as Pointer<F>, event as unknown as Pointer, 0, handle);
  } catch (error) {
    CloseHandle(event);
    throw error;
  }
  const read = () => look(() => table(family), by);
  let known = read();
  const waiting: [row: Row | null, type: number][] = [];
  if (initial) waiting.push([null, MibInitialNotification]);
  const timer = setInterval(() => {
    if (WaitForSingleObject(event, 0) === WAIT_OBJECT_0) {
      const now = read();
      const changes = changesBetween(known, now, by);
      known = now;
      for (const { row, type } of changes) waiting.push([row, type]);
      if (changes.length === 0) waiting.push([null, MibParameterNotification]);
    }
    // Where a listener throws, the others are told the next time.
    while (waiting.length > 0) listener(...waiting.shift()!);
  }, INTERVAL_MILLISECONDS);
  return new ChangeSubscription(timer, async () => {
    clearInterval(timer);
    waiting.length = 0;
    await CancelMibChangeNotify2.async(handle.value);
    CloseHandle(event);
  });
}

/**
 * Reports changes of the IP settings of interfaces, by NotifyIpInterfaceChange and GetIpInterfaceTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param listener called within a tenth of a second. What a worker has not closed when it ends stays
 *   with the system until the process ends, and calls nobody
 * @throws WinsockError where the function fails; TypeError for what is no function
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
 */
export function onIpInterfaceChange(
  listener: ChangeListener<MIB_IPINTERFACE_ROW>,
  options: ChangeOptions = {},
): ChangeSubscription {
  return subscribe(NotifyIpInterfaceChange, ipInterfaceTable, INTERFACES, listener, options);
}

/**
 * Reports changes of unicast addresses, by NotifyUnicastIpAddressChange and GetUnicastIpAddressTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param listener as for `onIpInterfaceChange`
 * @throws WinsockError where the function fails; TypeError for what is no function
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyunicastipaddresschange
 */
export function onUnicastIpAddressChange(
  listener: ChangeListener<MIB_UNICASTIPADDRESS_ROW>,
  options: ChangeOptions = {},
): ChangeSubscription {
  const notify = NotifyUnicastIpAddressChange;
  return subscribe(notify, unicastIpAddressTable, UNICAST_ADDRESSES, listener, options);
}

/**
 * Reports changes of routes, by NotifyRouteChange2 and GetIpForwardTable2.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param listener as for `onIpInterfaceChange`
 * @throws WinsockError where the function fails; TypeError for what is no function
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyroutechange2
 */
export function onRouteChange(
  listener: ChangeListener<MIB_IPFORWARD_ROW2>,
  options: ChangeOptions = {},
): ChangeSubscription {
  return subscribe(NotifyRouteChange2, ipForwardTable2, ROUTES, listener, options);
}
