// How much memory the pointers in records have, and which field counts the array at the end of one: from
// the documentation of the records. The words are those of params.ts, and a length is a field.

export interface FieldGroup {
  reason: string;
  /** By record and field. */
  records: Record<string, Record<string, string>>;
}

export const FIELDS: FieldGroup[] = [
  {
    reason: 'a buffer and its length',
    records: {
      WSABUF: { buf: 'bytes len' },
      BLOB: { pBlobData: 'bytes cbSize' },
      TRANSMIT_FILE_BUFFERS: { Head: 'bytes HeadLength', Tail: 'bytes TailLength' },
      ip_option_information: { OptionsData: 'bytes OptionsSize' },
      WSANSCLASSINFOA: { lpValue: 'bytes dwValueSize' },
      WSANSCLASSINFOW: { lpValue: 'bytes dwValueSize' },
      TC_GEN_FILTER: { Pattern: 'bytes PatternSize', Mask: 'bytes PatternSize' },
    },
  },
  {
    reason: 'an element is memory or a piece of a file; the flag TP_ELEMENT_MEMORY says which',
    records: {
      TRANSMIT_PACKETS_ELEMENT: { pBuffer: 'byFlags dwElFlags 1 bytes cLength else opaque' },
    },
  },
  {
    reason: 'an address and its length',
    records: {
      WSAMSG: { name: 'bytes namelen', lpBuffers: 'count dwBufferCount' },
      SOCKET_ADDRESS: { lpSockaddr: 'bytes iSockaddrLength' },
      SERVICE_ADDRESS: {
        lpAddress: 'bytes dwAddressLength',
        lpPrincipal: 'bytes dwPrincipalLength',
      },
      addrinfo: { ai_addr: 'bytes ai_addrlen' },
      addrinfoW: { ai_addr: 'bytes ai_addrlen' },
      addrinfoexA: { ai_addr: 'bytes ai_addrlen', ai_blob: 'bytes ai_bloblen' },
      addrinfoexW: { ai_addr: 'bytes ai_addrlen', ai_blob: 'bytes ai_bloblen' },
      addrinfo_dns_server: { ai_addr: 'bytes ai_addrlen' },
    },
  },
  {
    reason: 'a list and the number of its entries; that of the addresses is ignored by queries',
    records: {
      WSAQUERYSETA: {
        lpafpProtocols: 'count dwNumberOfProtocols',
        lpcsaBuffer: 'count dwNumberOfCsAddrs orNull',
      },
      WSAQUERYSETW: {
        lpafpProtocols: 'count dwNumberOfProtocols',
        lpcsaBuffer: 'count dwNumberOfCsAddrs orNull',
      },
      REASON_CONTEXT_Reason_Detailed: { ReasonStrings: 'count ReasonStringCount' },
      WSASERVICECLASSINFOA: { lpClassInfos: 'count dwCount' },
      WSASERVICECLASSINFOW: { lpClassInfos: 'count dwCount' },
      DNS_INTERFACE_SETTINGS3: {
        ServerProperties: 'count cServerProperties',
        ProfileServerProperties: 'count cProfileServerProperties',
      },
      DNS_INTERFACE_SETTINGS4: {
        ServerProperties: 'count cServerProperties',
        ProfileServerProperties: 'count cProfileServerProperties',
      },
    },
  },
  {
    reason: 'an array in the record itself, of which a field says how much is used',
    records: {
      fd_set: { fd_array: 'count fd_count' },
      SOCKET_PEER_TARGET_NAME: { AllStrings: 'bytes PeerTargetNameStringLen' },
      MIB_IPMCAST_MFE: { rgmioOutInfo: 'count ulNumOutIf' },
      MIB_IPMCAST_MFE_STATS: { rgmiosOutStats: 'count ulNumOutIf' },
      MIB_IPMCAST_MFE_STATS_EX: { rgmiosOutStats: 'count ulNumOutIf' },
      NETWORK_ADDRESS: { Address: 'bytes AddressLength' },
      ATM_TRANSIT_NETWORK_SELECTION_IE: { NetworkId: 'bytes NetworkIdLength' },
      BTH_SET_SERVICE: { pRecord: 'bytes ulRecordLength' },
      TC_GEN_FLOW: { TcObjects: 'bytes TcObjectsLength' },
      PARAM_BUFFER: { Buffer: 'bytes Length' },
    },
  },
  {
    reason: 'elements of different lengths, which the number before them only counts',
    records: {
      RSVP_POLICY_INFO: { PolicyElement: 'opaque' },
      RSVP_ADSPEC: { Services: 'opaque' },
      QOS_DIFFSERV: { DiffservRule: 'opaque' },
      NETWORK_ADDRESS_LIST: { Address: 'opaque' },
    },
  },
];
