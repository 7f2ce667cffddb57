// The page of Microsoft's documentation about a name. The address follows from the kind of the name
// and from the header that the page is filed under; data/inventory.json has that header as `@header`.

import inventory from '../data/inventory.json' with { type: 'json' };
import { ofVariants } from '../model/lists.ts';
import { KERNEL_MODULE } from '../read/unit.ts';

export type Documented = 'function' | 'struct' | 'enum' | 'callback';

const SITE = 'https://learn.microsoft.com';
const PREFIXES: Record<Documented, string> = {
  function: 'nf',
  struct: 'ns',
  enum: 'ne',
  callback: 'nc',
};

/** Headers whose functions all have a page, so that the inventory need not list them. */
const WHOLE_HEADERS = new Set(['iphlpapi', 'netioapi', 'icmpapi', KERNEL_MODULE]);

/** Pages that are filed elsewhere, or tell of several names at once. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  addrinfo: 'ws2def/ns-ws2def-addrinfoa',
  addrinfoW: 'ws2def/ns-ws2def-addrinfow',
  addrinfoex: 'ws2def/ns-ws2def-addrinfoexw',
  addrinfoex2: 'ws2def/ns-ws2def-addrinfoex2w',
  FreeAddrInfoExA: 'ws2tcpip/nf-ws2tcpip-freeaddrinfoex',
  LPFN_RIOCREATECOMPLETIONQUEUE: 'mswsock/nc-mswsock-lpfn_riodequeuecompletion',
  LPNSPV2LOOKUPSERVICEBEGIN: 'ws2spi/nc-ws2spi-lpnsplookupservicebegin',
  REAL_TIME_NOTIFICATION_SETTING_OUTPUT: 'mstcpip/ns-mstcpip-real_time_notification_setting_input',
  RtlIpv6AddressToStringA: 'mstcpip/nf-mstcpip-rtlipv6addresstostringa',
  RtlIpv6AddressToStringW: 'mstcpip/nf-mstcpip-rtlipv6addresstostringw',
  RtlIpv6AddressToStringExA: 'mstcpip/nf-mstcpip-rtlipv6addresstostringexa',
  RtlIpv6AddressToStringExW: 'mstcpip/nf-mstcpip-rtlipv6addresstostringexw',
  RtlIpv6StringToAddressA: 'mstcpip/nf-mstcpip-rtlipv6stringtoaddressa',
  RtlIpv6StringToAddressW: 'mstcpip/nf-mstcpip-rtlipv6stringtoaddressw',
  RtlIpv6StringToAddressExA: 'mstcpip/nf-mstcpip-rtlipv6stringtoaddressexa',
  RtlIpv6StringToAddressExW: 'mstcpip/nf-mstcpip-rtlipv6stringtoaddressexw',
  NS_SERVICE_INFO: 'nspapi/ns-nspapi-ns_service_infoa',
  PROTOCOL_INFO: 'nspapi/ns-nspapi-protocol_infoa',
  SERVICE_INFO: 'nspapi/ns-nspapi-service_infoa',
  SERVICE_TYPE_INFO_ABS: 'nspapi/ns-nspapi-service_type_info_absa',
  SERVICE_TYPE_VALUE_ABS: 'nspapi/ns-nspapi-service_type_value_absa',
  WSANAMESPACE_INFO: 'winsock2/ns-winsock2-wsanamespace_infow',
  WSANAMESPACE_INFOEX: 'winsock2/ns-winsock2-wsanamespace_infoexw',
  WSANSCLASSINFO: 'winsock2/ns-winsock2-wsansclassinfow',
  WSAPROTOCOL_INFO: 'winsock2/ns-winsock2-wsaprotocol_infoa',
  WSAQUERYSET: 'winsock2/ns-winsock2-wsaquerysetw',
  WSAQUERYSET2: 'winsock2/ns-winsock2-wsaqueryset2w',
  WSASERVICECLASSINFO: 'winsock2/ns-winsock2-wsaserviceclassinfow',
};

/** By name: the header that its page is filed under. */
const FILED: Record<string, string> = {};
for (const rows of Object.values(inventory) as unknown[][][]) {
  for (const row of rows) {
    const header = row.find((cell) => isHeader(cell));
    for (const cell of row) {
      if (isHeader(header) && typeof cell === 'string') FILED[cell] ??= header.slice(1);
    }
  }
}

/** Whether a cell of the inventory names the header of a page, rather than the thing itself. */
export function isHeader(cell: unknown): cell is `@${string}` {
  return typeof cell === 'string' && cell.startsWith('@');
}

/** The page about a name; `file` is the header that declares it. Empty where there is none. */
export function linkOf(kind: Documented, name: string, module: string, file: string): string {
  const page = ofVariants(EXCEPTIONS, name) ?? pageByRule(kind, name, module, file);
  return page && `${SITE}/windows/win32/api/${page}`;
}

function pageByRule(kind: Documented, name: string, module: string, file: string): string {
  let header = kind === 'callback' ? FILED[name] : ofVariants(FILED, name);
  if (!header && kind === 'function' && WHOLE_HEADERS.has(module)) {
    header = module === KERNEL_MODULE ? file : module;
  }
  return header ? `${header}/${PREFIXES[kind]}-${header}-${name.toLowerCase()}` : '';
}
