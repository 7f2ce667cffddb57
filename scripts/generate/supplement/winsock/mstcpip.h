// What mingw-w64 lacks of mstcpip.h, written from the documentation.

#define IN4ADDR_ANY 0
#define IN4ADDR_BROADCAST 0xffffffff
#define IN4ADDR_LINKLOCALPREFIX_LENGTH 16
#define IN4ADDR_LOOPBACK 0x100007f
#define IN4ADDR_LOOPBACKPREFIX_LENGTH 8
#define IN4ADDR_MULTICASTPREFIX_LENGTH 4
#define IN4ADDR_NONE 0xffffffff
#define SIO_DELETE_PEER_TARGET_NAME 0x980000cb
#define SIO_QUERY_RSS_SCALABILITY_INFO 0x580000d2
#define SIO_QUERY_SECURITY 0xd80000c9
#define SIO_QUERY_WFP_ALE_ENDPOINT_HANDLE 0x580000cd
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_CONTEXT 0x980000dd
#define SIO_QUERY_WFP_CONNECTION_REDIRECT_RECORDS 0x980000dc
#define SIO_SET_PEER_TARGET_NAME 0x980000ca
#define SIO_SET_SECURITY 0x980000c8
#define SIO_SET_WFP_CONNECTION_REDIRECT_RECORDS 0x980000de
#define SIO_SOCKET_USAGE_NOTIFICATION 0x980000cc
#define SOCKET_QUERY_IPSEC2_ABORT_CONNECTION_ON_FIELD_CHANGE 1
#define SOCKET_QUERY_IPSEC2_FIELD_MASK_MM_SA_ID 1
#define SOCKET_QUERY_IPSEC2_FIELD_MASK_QM_SA_ID 2
#define SOCKET_SETTINGS_IPSEC_ALLOW_FIRST_INBOUND_PKT_UNENCRYPTED 4
#define SOCKET_SETTINGS_IPSEC_OPTIONAL_PEER_NAME_VERIFICATION 2
#define SOCKET_SETTINGS_IPSEC_PEER_NAME_IS_RAW_FORMAT 8

DEFINE_GUID(REAL_TIME_NOTIFICATION_CAPABILITY,
  0x6b59819a, 0x5cae, 0x492d, 0xa9, 0x01, 0x2a, 0x3c, 0x2c, 0x50, 0x16, 0x4f);
DEFINE_GUID(REAL_TIME_NOTIFICATION_CAPABILITY_EX,
  0x6843da03, 0x154a, 0x4616, 0xa5, 0x08, 0x44, 0x37, 0x12, 0x95, 0xf9, 0x6b);
DEFINE_GUID(ASSOCIATE_NAMERES_CONTEXT,
  0x59a38b67, 0xd4fe, 0x46e1, 0xba, 0x3c, 0x87, 0xea, 0x74, 0xca, 0x30, 0x49);
DEFINE_GUID(SOCKET_DEFAULT2_QM_POLICY,
  0xaec2ef9c, 0x3a4d, 0x4d3e, 0x88, 0x42, 0x23, 0x99, 0x42, 0xe3, 0x9a, 0x47);

typedef struct _RSS_SCALABILITY_INFO {
  BOOLEAN RssEnabled;
} RSS_SCALABILITY_INFO, *PRSS_SCALABILITY_INFO;

typedef struct _SOCKET_SECURITY_QUERY_TEMPLATE_IPSEC2 {
  SOCKET_SECURITY_PROTOCOL SecurityProtocol;
  SOCKADDR_STORAGE PeerAddress;
  ULONG PeerTokenAccessMask;
  ULONG Flags;
  ULONG FieldMask;
} SOCKET_SECURITY_QUERY_TEMPLATE_IPSEC2;

typedef struct _SOCKET_SECURITY_QUERY_INFO_IPSEC2 {
  SOCKET_SECURITY_PROTOCOL SecurityProtocol;
  ULONG Flags;
  UINT64 PeerApplicationAccessTokenHandle;
  UINT64 PeerMachineAccessTokenHandle;
  UINT64 MmSaId;
  UINT64 QmSaId;
  UINT32 NegotiationWinerr;
  GUID SaLookupContext;
} SOCKET_SECURITY_QUERY_INFO_IPSEC2;

// TCP_INFO_v1 and what Windows 11 adds.
typedef struct _TCP_INFO_v2 {
  TCPSTATE State;
  ULONG Mss;
  ULONG64 ConnectionTimeMs;
  BOOLEAN TimestampsEnabled;
  ULONG RttUs;
  ULONG MinRttUs;
  ULONG BytesInFlight;
  ULONG Cwnd;
  ULONG SndWnd;
  ULONG RcvWnd;
  ULONG RcvBuf;
  ULONG64 BytesOut;
  ULONG64 BytesIn;
  ULONG BytesReordered;
  ULONG BytesRetrans;
  ULONG FastRetrans;
  ULONG DupAcksIn;
  ULONG TimeoutEpisodes;
  UCHAR SynRetrans;
  ULONG SndLimTransRwin;
  ULONG SndLimTimeRwin;
  ULONG64 SndLimBytesRwin;
  ULONG SndLimTransCwnd;
  ULONG SndLimTimeCwnd;
  ULONG64 SndLimBytesCwnd;
  ULONG SndLimTransSnd;
  ULONG SndLimTimeSnd;
  ULONG64 SndLimBytesSnd;
  ULONG OutOfOrderPktsIn;
  BOOLEAN EcnNegotiated;
  ULONG EceAcksIn;
  ULONG PtoEpisodes;
} TCP_INFO_v2, *PTCP_INFO_v2;

// An Ethernet address: maker's part and serial part.
typedef union _DL_OUI {
  UCHAR Byte[3];
  struct {
    UCHAR Group : 1;
    UCHAR Local : 1;
  };
} DL_OUI, *PDL_OUI;
typedef union _DL_EI48 {
  UCHAR Byte[3];
} DL_EI48, *PDL_EI48;
typedef union _DL_EUI48 {
  UCHAR Byte[6];
  struct {
    DL_OUI Oui;
    DL_EI48 Ei48;
  };
} DL_EUI48, *PDL_EUI48;

NTSYSAPI PSTR NTAPI RtlEthernetAddressToStringA(const DL_EUI48 *Addr, PSTR S);
NTSYSAPI PWSTR NTAPI RtlEthernetAddressToStringW(const DL_EUI48 *Addr, PWSTR S);
NTSYSAPI LONG NTAPI RtlEthernetStringToAddressA(PCSTR S, PCSTR *Terminator, DL_EUI48 *Addr);
NTSYSAPI LONG NTAPI RtlEthernetStringToAddressW(PCWSTR S, LPCWSTR *Terminator, DL_EUI48 *Addr);
NTSYSAPI LONG NTAPI RtlIpv6StringToAddressA(PCSTR S, PCSTR *Terminator, struct in6_addr *Addr);
NTSYSAPI LONG NTAPI RtlIpv6StringToAddressW(PCWSTR S, PCWSTR *Terminator, struct in6_addr *Addr);
#define RtlEthernetAddressToString RtlEthernetAddressToStringW
#define RtlEthernetStringToAddress RtlEthernetStringToAddressW
#define RtlIpv6StringToAddress RtlIpv6StringToAddressW
