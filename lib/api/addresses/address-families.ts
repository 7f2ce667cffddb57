/** Socket addresses of all families: their record types, and their text forms where the API has them. */
import { SOCKADDR_IRDA } from '../../../defs/af_irda.g.ts';
import { sockaddr_un } from '../../../defs/afunix.g.ts';
import { sockaddr_at } from '../../../defs/atalkwsh.g.ts';
import { SOCKADDR_HV } from '../../../defs/hvsocket.g.ts';
import { DWORD } from '../../../defs/windows.g.ts';
import {
  WSAAddressToStringW,
  type WSAPROTOCOL_INFOW,
  WSAStringToAddressW,
} from '../../../defs/winsock2.g.ts';
import { sockaddr_atm } from '../../../defs/ws2atm.g.ts';
import { SOCKADDR_BTH } from '../../../defs/ws2bth.g.ts';
import {
  AF_APPLETALK,
  AF_ATM,
  AF_BAN,
  AF_BTH,
  AF_HYPERV,
  AF_INET,
  AF_INET6,
  AF_IPX,
  AF_IRDA,
  AF_ISO,
  AF_LINK,
  AF_NETBIOS,
  AF_UNIX,
  sockaddr_dl,
  sockaddr_in,
  sockaddr_storage,
} from '../../../defs/ws2def.g.ts';
import { sockaddr_in6 } from '../../../defs/ws2ipdef.g.ts';
import { sockaddr_tp } from '../../../defs/wshisotp.g.ts';
import { sockaddr_ipx } from '../../../defs/wsipx.g.ts';
import { sockaddr_nb } from '../../../defs/wsnetbs.g.ts';
import { sockaddr_vns } from '../../../defs/wsvns.g.ts';
import { WideCharArray } from '../../ffi/types/array.ts';
import { describe } from '../../ffi/types/describe.ts';
import { Struct, type StructType, sizeof } from '../../ffi/types/record.ts';
import { ref } from '../../ffi/types/ref.ts';
import { int, uint16 } from '../../ffi/types/scalars.ts';

/** The record of each family's socket address. */
interface Sockaddrs {
  [AF_UNIX]: sockaddr_un;
  [AF_INET]: sockaddr_in;
  [AF_IPX]: sockaddr_ipx;
  [AF_ISO]: sockaddr_tp;
  [AF_APPLETALK]: sockaddr_at;
  [AF_NETBIOS]: sockaddr_nb;
  [AF_BAN]: sockaddr_vns;
  [AF_ATM]: sockaddr_atm;
  [AF_INET6]: sockaddr_in6;
  [AF_IRDA]: SOCKADDR_IRDA;
  [AF_BTH]: SOCKADDR_BTH;
  [AF_LINK]: sockaddr_dl;
  [AF_HYPERV]: SOCKADDR_HV;
}

/** The record of the socket address of a family, where the family is known to the compiler. */
export type SockaddrOf<F extends number> = F extends keyof Sockaddrs ? Sockaddrs[F] : Struct;

const TYPES: { readonly [F in keyof Sockaddrs]: StructType<Sockaddrs[F]> } = {
  [AF_UNIX]: sockaddr_un,
  [AF_INET]: sockaddr_in,
  [AF_IPX]: sockaddr_ipx,
  [AF_ISO]: sockaddr_tp,
  [AF_APPLETALK]: sockaddr_at,
  [AF_NETBIOS]: sockaddr_nb,
  [AF_BAN]: sockaddr_vns,
  [AF_ATM]: sockaddr_atm,
  [AF_INET6]: sockaddr_in6,
  [AF_IRDA]: SOCKADDR_IRDA,
  [AF_BTH]: SOCKADDR_BTH,
  [AF_LINK]: sockaddr_dl,
  [AF_HYPERV]: SOCKADDR_HV,
};

/**
 * The record type of a family's socket address: `cast(sockaddrType(family), storage)`.
 *
 * @param family AF_INET and so on
 * @returns undefined where the headers have none
 */
export function sockaddrType<F extends number>(family: F): StructType<SockaddrOf<F>> | undefined {
  // SockaddrOf is TYPES as a type.
  return (TYPES as Readonly<Record<number, unknown>>)[family] as
    | StructType<SockaddrOf<F>>
    | undefined;
}

/**
 * The size of a family's socket address, in bytes.
 *
 * The table that the C function looks this up in is in no library for programs. Here it is the size
 * of the family's structure, and that of SOCKADDR_STORAGE for a family without one.
 *
 * @param af AF_INET and so on
 */
export function SOCKADDR_SIZE(af: number): number {
  return sizeof(sockaddrType(uint16.check(af, 'SOCKADDR_SIZE')) ?? sockaddr_storage);
}

const TEXT_UNITS = 1024;

/**
 * The text form of a socket address, from WSAAddressToStringW: `'[::1]:80'`, or for Bluetooth
 * `'(00:11:22:33:44:55):1'`. An address without a port comes without a colon.
 *
 * @param address the address: its family's record, or a larger one such as SOCKADDR_STORAGE
 * @param protocol a provider of the address's family; left out, the first that the system has
 * @throws TypeError if `address` is no record
 * @throws WinsockError if the system has no text form for it, or no provider for its family
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaaddresstostringw
 */
export function addressToString(
  address: Struct,
  protocol: WSAPROTOCOL_INFOW | null = null,
): string {
  if (!(address instanceof Struct)) {
    throw new TypeError(`addressToString: ${describe(address)} is no socket address`);
  }
  const size = Math.min(address.byteLength, SOCKADDR_SIZE(uint16.get(address, 0)));
  const text = new WideCharArray(new ArrayBuffer(2 * TEXT_UNITS));
  WSAAddressToStringW.orThrow(address, size, protocol, text, ref(DWORD, TEXT_UNITS));
  return text.toString();
}

/**
 * The socket address that a text form stands for, from WSAStringToAddressW.
 *
 * @param text the text; names are not looked up
 * @param family AF_INET and so on
 * @param protocol a provider of the family; left out, the first that the system has
 * @returns the family's record; a SOCKADDR_STORAGE for a family without one
 * @throws WinsockError if the text is not an address of the family (WSAEINVAL), or the system has no
 *   provider for the family
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsastringtoaddressw
 */
export function stringToAddress<F extends number>(
  text: string,
  family: F,
  protocol: WSAPROTOCOL_INFOW | null = null,
): SockaddrOf<F> {
  const storage = new sockaddr_storage();
  WSAStringToAddressW.orThrow(text, family, protocol, storage, ref(int, sizeof(storage)));
  const type = sockaddrType(family);
  // SockaddrOf has SOCKADDR_STORAGE for the families without a record.
  const address: Struct = type ? new type(storage.buffer, storage.byteOffset) : storage;
  return address as SockaddrOf<F>;
}
