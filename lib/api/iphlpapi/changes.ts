import {
  CancelMibChangeNotify2,
  type MIB_IPFORWARD_ROW2,
  type MIB_IPINTERFACE_ROW,
  type MIB_UNICASTIPADDRESS_ROW,
  NotifyIpInterfaceChange,
  NotifyRouteChange2,
  NotifyUnicastIpAddressChange,
  PIPFORWARD_CHANGE_CALLBACK,
  PIPINTERFACE_CHANGE_CALLBACK,
  PUNICAST_IPADDRESS_CHANGE_CALLBACK,
} from '../../../defs/netioapi.g.ts';
import { HANDLE } from '../../../defs/windows.g.ts';
import { AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import type { Callback } from '../../ffi/types/callback.ts';
import type { AnyFunction, Pointer, RegisteredFunction } from '../../ffi/types/ctype.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';

/**
 * Called with a change.
 *
 * @param row what changed, with only its key filled in (ask for the rest); null at the first call
 *   that was asked for
 * @param type MibParameterNotification, MibAddInstance, MibDeleteInstance or MibInitialNotification
 */
export type ChangeListener<Row> = (row: Row | null, type: number) => void;

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

/** Changes are reported until it is closed. */
export class ChangeSubscription {
  private readonly callback: RegisteredFunction;
  private readonly handle: HANDLE;
  private closing: Promise<void> | undefined;

  constructor(callback: RegisteredFunction, handle: HANDLE) {
    this.callback = callback;
    this.handle = handle;
  }

  /**
   * Ends the reports, by CancelMibChangeNotify2, and frees the listener.
   *
   * The system waits for listeners that are being called. They run on the JavaScript thread, so it
   * must not be blocked meanwhile: the system is asked from another thread.
   */
  close(): Promise<void> {
    this.closing ??= CancelMibChangeNotify2.async(this.handle).then(() => this.callback.close());
    return this.closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function subscribe<F extends AnyFunction>(
  notify: Notify<F>,
  callback: Callback<F>,
  { family = AF_UNSPEC, initial = false }: ChangeOptions,
): ChangeSubscription {
  try {
    const handle = ref(HANDLE);
    const { address } = callback;
    notify.orThrow(family, address, address, initial ? 1 : 0, handle);
    return new ChangeSubscription(callback, handle.value);
  } catch (error) {
    callback.close();
    throw error;
  }
}

/**
 * Reports changes of the IP settings of interfaces, by NotifyIpInterfaceChange.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param listener called on the JavaScript thread; the row is valid during the call only
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyipinterfacechange
 */
export function onIpInterfaceChange(
  listener: ChangeListener<MIB_IPINTERFACE_ROW>,
  options: ChangeOptions = {},
): ChangeSubscription {
  const callback = PIPINTERFACE_CHANGE_CALLBACK.register((_context, row, type) =>
    listener(row, type),
  );
  return subscribe(NotifyIpInterfaceChange, callback, options);
}

/**
 * Reports changes of unicast addresses, by NotifyUnicastIpAddressChange.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param listener called on the JavaScript thread; the row is valid during the call only
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyunicastipaddresschange
 */
export function onUnicastIpAddressChange(
  listener: ChangeListener<MIB_UNICASTIPADDRESS_ROW>,
  options: ChangeOptions = {},
): ChangeSubscription {
  const callback = PUNICAST_IPADDRESS_CHANGE_CALLBACK.register((_context, row, type) =>
    listener(row, type),
  );
  return subscribe(NotifyUnicastIpAddressChange, callback, options);
}

/**
 * Reports changes of routes, by NotifyRouteChange2.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param listener called on the JavaScript thread; the row is valid during the call only
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyroutechange2
 */
export function onRouteChange(
  listener: ChangeListener<MIB_IPFORWARD_ROW2>,
  options: ChangeOptions = {},
): ChangeSubscription {
  const callback = PIPFORWARD_CHANGE_CALLBACK.register((_context, row, type) =>
    listener(row, type),
  );
  return subscribe(NotifyRouteChange2, callback, options);
}
