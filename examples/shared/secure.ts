/** What client and server of securesocket share: the settings, and what the system says of a connection. */

import {
  DWORD,
  guidFromString,
  ref,
  type SOCKET,
  SOCKET_ERROR,
  SOCKET_INFO_CONNECTION_ENCRYPTED,
  SOCKET_INFO_CONNECTION_SECURED,
  SOCKET_SECURITY_PROTOCOL_DEFAULT,
  SOCKET_SECURITY_PROTOCOL_IPSEC,
  SOCKET_SECURITY_QUERY_INFO,
  SOCKET_SECURITY_SETTINGS,
  SOCKET_SECURITY_SETTINGS_IPSEC,
  SOCKET_SETTINGS_GUARANTEE_ENCRYPTION,
  sizeof,
  WSAGetLastError,
  WSAQuerySocketSecurity,
} from 'winsock';
import { wrong } from './options.ts';

export const SERVER_PORT = 27015;
export const RECV_DATA_BUF_SIZE = 256;

/** Of `-adv`: the policy is of the Windows Filtering Platform, which is no part of Winsock. */
export const ADV_USAGE = `  -adv KEY  secure by an IPsec policy of your own: the key, a GUID, of a quick mode policy (a provider
            context for transport mode) that is in the Windows Filtering Platform. To make one is not
            up to Winsock but to fwpuclnt.dll: this program takes one that is there.`;

export function failed(what: string): number {
  console.log(`${what} returned error ${WSAGetLastError()}`);
  return 1;
}

/** Encryption is guaranteed, by the default policy or by the policy of that key. */
export function SecuritySettings(
  adv: string | undefined,
): SOCKET_SECURITY_SETTINGS | SOCKET_SECURITY_SETTINGS_IPSEC {
  const SecurityFlags = SOCKET_SETTINGS_GUARANTEE_ENCRYPTION;
  if (adv === undefined) {
    const SecurityProtocol = SOCKET_SECURITY_PROTOCOL_DEFAULT;
    return new SOCKET_SECURITY_SETTINGS({ SecurityProtocol, SecurityFlags });
  }
  if (!/^\{?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\}?$/i.test(adv))
    wrong(`-adv: ${adv} is no GUID`);
  return new SOCKET_SECURITY_SETTINGS_IPSEC({
    SecurityProtocol: SOCKET_SECURITY_PROTOCOL_IPSEC,
    SecurityFlags,
    AuthipQMPolicyKey: guidFromString(adv),
  });
}

/** Prints how a connection is secured; false where the system does not say. */
export function PrintSecurity(sock: SOCKET): boolean {
  const info = new SOCKET_SECURITY_QUERY_INFO();
  const length = ref(DWORD, sizeof(info));
  if (WSAQuerySocketSecurity(sock, null, 0, info, length, null, null) === SOCKET_ERROR)
    return false;
  console.log(`Secured: ${(info.Flags & SOCKET_INFO_CONNECTION_SECURED) !== 0}`);
  console.log(`Encrypted: ${(info.Flags & SOCKET_INFO_CONNECTION_ENCRYPTED) !== 0}`);
  return true;
}
