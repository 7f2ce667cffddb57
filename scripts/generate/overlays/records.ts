// Corrections for records.

/** Records that are not called by the name the rules choose. */
export const RECORD_NAMES: Record<string, string> = {
  // The documentation and every program write WSADATA.
  WSAData: 'WSADATA',
  _GUID: 'GUID',
};

/** Arrays of char whose text is UTF-8 on every system, by record: Windows takes the path of a Unix socket so. */
export const UTF8_FIELDS: Record<string, readonly string[]> = { sockaddr_un: ['sun_path'] };

/**
 * Members that C headers reach through a macro, whose text is in the header; and members of the same
 * place and size, where Windows' headers have had a union since Vista and mingw-w64's have one member.
 */
export const MEMBER_ALIASES: Record<string, Record<string, string>> = {
  in_addr: {
    s_addr: 'S_un.S_addr',
    s_host: 'S_un.S_un_b.s_b2',
    s_net: 'S_un.S_un_b.s_b1',
    s_imp: 'S_un.S_un_w.s_w2',
    s_impno: 'S_un.S_un_b.s_b4',
    s_lh: 'S_un.S_un_b.s_b3',
  },
  in6_addr: { s6_addr: 'u.Byte', s6_bytes: 'u.Byte', s6_words: 'u.Word' },
  MIB_IPFORWARDROW: { ForwardType: 'dwForwardType', ForwardProto: 'dwForwardProto' },
  MIB_IPNETROW: { Type: 'dwType' },
  MIB_IPSTATS: { Forwarding: 'dwForwarding' },
  MIB_TCPROW: { State: 'dwState' },
  MIB_TCPSTATS: { RtoAlgorithm: 'dwRtoAlgorithm' },
  IP_PATTERN: {
    tcSrcPort: 'S_un.S_un_ports.s_srcport',
    tcDstPort: 'S_un.S_un_ports.s_dstport',
    tcIcmpType: 'S_un.S_un_icmp.s_type',
    tcIcmpCode: 'S_un.S_un_icmp.s_code',
    tcSpi: 'S_un.S_Spi',
  },
};

/**
 * Fields whose C name is a member of Uint8Array, which every record is: under its own name the
 * field would hide the member.
 */
export const FIELD_NAMES: Record<string, string> = {
  'BTH_QUERY_DEVICE.length': 'length_',
};

/**
 * Records that are only the beginning of others: every address family has a structure of its own for a
 * `sockaddr *`.
 */
export const OPEN_ENDED: Record<string, string> = {
  sockaddr: 'the family says which structure it is; that of IPX is shorter',
};

/** Records that are printed as text, and the function of lib/ffi/memory/address-text.ts that makes it. */
export const RECORD_TEXTS: Record<string, string> = {
  in_addr: 'ipv4Text',
  in6_addr: 'ipv6Text',
  sockaddr: 'socketAddressText',
  sockaddr_storage: 'socketAddressText',
  SOCKADDR_INET: 'socketAddressText',
};
