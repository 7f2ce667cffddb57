/** Services of Bluetooth: told to others, and found on other radios, by Winsock's name space NS_BTH. */
import { DWORD, HANDLE } from '../../../defs/windows.g.ts';
import { WSA_E_NO_MORE, WSAEFAULT, WSAENOMORE } from '../../../defs/winerror.g.ts';
import {
  LUP_CONTAINERS,
  LUP_FLUSHCACHE,
  LUP_RETURN_ADDR,
  LUP_RETURN_COMMENT,
  LUP_RETURN_NAME,
  RNRSERVICE_DELETE,
  RNRSERVICE_REGISTER,
  SOCK_STREAM,
  WSALookupServiceBeginW,
  WSALookupServiceEnd,
  WSALookupServiceNextW,
  WSAQUERYSETW,
  WSASetServiceW,
} from '../../../defs/winsock2.g.ts';
import {
  BTHNS_RESULT_DEVICE_AUTHENTICATED,
  BTHNS_RESULT_DEVICE_CONNECTED,
  BTHNS_RESULT_DEVICE_REMEMBERED,
  BTHPROTO_RFCOMM,
} from '../../../defs/ws2bth.g.ts';
import { CSADDR_INFO, NS_BTH, sockaddr as sockaddrType } from '../../../defs/ws2def.g.ts';
import { anchored } from '../../api/results/anchored.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { reach } from '../../ffi/memory/views.ts';
import { guidFromString } from '../../ffi/types/guid.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import { startWinsock, stopWinsock } from '../calls/startup.ts';
import { GIVE_UP, type OperationOptions, watch } from '../ops/give-up.ts';
import { checkedLater, flag, text } from '../options/kinds.ts';
import { type OptionTable, optionsOf } from '../options/options.ts';
import {
  type BluetoothAddress,
  decodeBluetooth,
  encodeBluetooth,
  serviceUuid,
} from './bluetooth.ts';
import type { Uuid } from './uuid.ts';

/** What is told of a service. */
export interface BluetoothServiceOptions {
  /** Its UUID, or the number of 16 or 32 bits that Bluetooth has given it. */
  service: Uuid | number;
  /** What people see of it. */
  name?: string;
  /** A sentence about it. */
  comment?: string;
}

/** A service that others can find, until it is withdrawn or the process ends. */
export interface BluetoothRegistration {
  /** Its UUID. */
  readonly service: Uuid;
  /**
   * Tells nobody of it any more. Connections go on.
   *
   * @throws WinsockError of WSASetServiceW
   */
  withdraw(): void;
}

/** A service of another radio. */
export interface BluetoothService {
  /** What it is called; empty where it does not say. */
  readonly name: string;
  /** What it says of itself; empty where it does not. */
  readonly comment: string;
  /** Where it can be connected to. */
  readonly address: BluetoothAddress;
}

/** A device of Bluetooth that this computer knows. */
export interface BluetoothDevice {
  /** What it is called; empty where it does not say. */
  readonly name: string;
  /** Its radio: '00:1A:7D:DA:71:13'. */
  readonly address: string;
  /** Whether it is connected now. */
  readonly connected: boolean;
  /** Whether this computer knows it from before. */
  readonly remembered: boolean;
  /** Whether the two are paired. */
  readonly authenticated: boolean;
}

/** How devices and services are looked for. */
export interface BluetoothLookupOptions extends OperationOptions {
  /** Whether the radio asks anew, which takes seconds, in place of what is known from before. Default true. */
  fresh?: boolean;
}

/**
 * Tells other radios of a service: WSASetServiceW. Connect to it by its UUID, or look its channel up.
 *
 * @param address where its server listens: `server.address`
 * @throws WinsockError of WSASetServiceW; TypeError where the address has no channel, and for what is no
 *   service and no option; RangeError for a number of more than 32 bits
 * @see https://learn.microsoft.com/windows/win32/bluetooth/bluetooth-and-wsasetservice
 */
export function registerBluetoothService(
  address: BluetoothAddress,
  options: BluetoothServiceOptions,
): BluetoothRegistration {
  if (address?.family !== 'Bluetooth' || !address.channel) {
    throw new TypeError('a service is registered for the address of a Bluetooth server');
  }
  const { service: given, name = null, comment = null } = optionsOf(options, 'a service', SERVICE);
  const service = serviceUuid(given);
  const bytes = encodeBluetooth(address);
  const place = { lpSockaddr: cast(sockaddrType, bytes), iSockaddrLength: bytes.length };
  const query = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    lpszServiceInstanceName: name,
    lpszComment: comment,
    lpServiceClassId: guidFromString(service),
    dwNameSpace: NS_BTH,
    dwNumberOfCsAddrs: 1,
    lpcsaBuffer: new CSADDR_INFO({
      LocalAddr: place,
      RemoteAddr: place,
      iSocketType: SOCK_STREAM,
      iProtocol: BTHPROTO_RFCOMM,
    }),
  });
  // It is told of for as long as somebody uses Winsock, and the server may be closed before.
  startWinsock();
  try {
    WSASetServiceW.orThrow(query, RNRSERVICE_REGISTER, 0);
  } catch (error) {
    stopWinsock();
    throw error;
  }
  let registered = true;
  return {
    service,
    withdraw() {
      if (!registered) return;
      WSASetServiceW.orThrow(query, RNRSERVICE_DELETE, 0);
      registered = false;
      stopWinsock();
    },
  };
}

/**
 * The places where a device offers a service, each with its channel. The lookup runs off this thread.
 *
 * @param address the radio of the device: '00:1A:7D:DA:71:13'
 * @throws by rejection: WinsockError of WSALookupServiceBeginW, such as WSASERVICE_NOT_FOUND where there is
 *   no radio; TypeError and RangeError for what is no radio, service or option; the signal's reason,
 *   WSAETIMEDOUT
 * @see https://learn.microsoft.com/windows/win32/bluetooth/bluetooth-and-wsalookupservicebegin-for-service-discovery
 */
export async function findBluetoothServices(
  address: string,
  service: Uuid | number,
  options?: BluetoothLookupOptions,
): Promise<BluetoothService[]> {
  const { address: radio } = decodeBluetooth(encodeBluetooth({ address }))!;
  const query = new WSAQUERYSETW({
    dwSize: sizeof(WSAQUERYSETW),
    dwNameSpace: NS_BTH,
    lpServiceClassId: guidFromString(serviceUuid(service)),
    lpszContext: `(${radio})`,
  });
  const flags = LUP_RETURN_NAME | LUP_RETURN_COMMENT | LUP_RETURN_ADDR;
  const found = await lookUp(query, flags, options);
  return found.flatMap((result) => {
    const at = addressIn(result);
    const { lpszServiceInstanceName: name, lpszComment: comment } = result;
    return at ? [{ name: name ?? '', comment: comment ?? '', address: at }] : [];
  });
}

/**
 * The devices of Bluetooth nearby, and those that are known from before. The lookup runs off this thread.
 *
 * @throws by rejection: WinsockError of WSALookupServiceBeginW, such as WSASERVICE_NOT_FOUND where there is
 *   no radio; TypeError and RangeError for what is no option; the signal's reason, WSAETIMEDOUT
 * @see https://learn.microsoft.com/windows/win32/bluetooth/bluetooth-and-wsalookupservicebegin-for-device-inquiry
 */
export async function bluetoothDevices(
  options?: BluetoothLookupOptions,
): Promise<BluetoothDevice[]> {
  const query = new WSAQUERYSETW({ dwSize: sizeof(WSAQUERYSETW), dwNameSpace: NS_BTH });
  const flags = LUP_CONTAINERS | LUP_RETURN_NAME | LUP_RETURN_ADDR;
  const found = await lookUp(query, flags, options);
  return found.flatMap((result) => {
    const at = addressIn(result);
    if (!at) return [];
    const has = (flag: number) => (result.dwOutputFlags & flag) !== 0;
    return {
      name: result.lpszServiceInstanceName ?? '',
      address: at.address,
      connected: has(BTHNS_RESULT_DEVICE_CONNECTED),
      remembered: has(BTHNS_RESULT_DEVICE_REMEMBERED),
      authenticated: has(BTHNS_RESULT_DEVICE_AUTHENTICATED),
    };
  });
}

function addressIn(result: WSAQUERYSETW): BluetoothAddress | undefined {
  const { lpSockaddr, iSockaddrLength } = result.lpcsaBuffer?.RemoteAddr ?? {};
  const sockaddr = lpSockaddr && reach(lpSockaddr, 0, iSockaddrLength!);
  return sockaddr ? decodeBluetooth(sockaddr) : undefined;
}

const SERVICE: OptionTable<BluetoothServiceOptions> = {
  service: checkedLater,
  name: text,
  comment: text,
};
const LOOK_UP: OptionTable<BluetoothLookupOptions> = { ...GIVE_UP, fresh: flag };

/** All results of a query, each call of which waits on a thread of the run time's pool. */
async function lookUp(
  query: WSAQUERYSETW,
  flags: number,
  given: BluetoothLookupOptions | undefined,
): Promise<WSAQUERYSETW[]> {
  const options = optionsOf(given, 'a lookup', LOOK_UP);
  options.signal?.throwIfAborted();
  const all = options.fresh === false ? flags : flags | LUP_FLUSHCACHE;
  startWinsock();
  return new Promise((resolve, reject) => {
    const lookup: Lookup = { handle: undefined, givenUp: false };
    const end = watch(options, 'WSALookupServiceNextW', (reason) => {
      lookup.givenUp = true;
      endLookup(lookup);
      reject(reason);
    });
    collect(lookup, query, all)
      .then(resolve, reject)
      .finally(() => {
        end();
        endLookup(lookup);
        stopWinsock();
      });
  });
}

interface Lookup {
  /** While it is begun and not ended. */
  handle: HANDLE | undefined;
  givenUp: boolean;
}

/** Ends a call that waits on another thread as well. */
function endLookup(lookup: Lookup): void {
  if (lookup.handle === undefined) return;
  WSALookupServiceEnd(lookup.handle);
  lookup.handle = undefined;
}

const FIRST_BYTES = 4096;

async function collect(
  lookup: Lookup,
  query: WSAQUERYSETW,
  flags: number,
): Promise<WSAQUERYSETW[]> {
  const handle = ref(HANDLE);
  await WSALookupServiceBeginW.async(query, flags, handle);
  lookup.handle = handle.value;
  const found: WSAQUERYSETW[] = [];
  for (let size = FIRST_BYTES; !lookup.givenUp; ) {
    const memory = new Uint8Array(new ArrayBuffer(size));
    const length = ref(DWORD, size);
    try {
      await WSALookupServiceNextW.async(handle.value, flags, length, memory);
      found.push(anchored(WSAQUERYSETW, memory));
    } catch (error) {
      const code = error instanceof WinsockError ? error.errno : 0;
      if (code === WSA_E_NO_MORE || code === WSAENOMORE) break;
      if (code !== WSAEFAULT || length.value <= size) throw error;
      size = length.value;
    }
  }
  return found;
}
