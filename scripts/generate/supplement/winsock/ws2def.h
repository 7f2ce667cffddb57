// What mingw-w64 lacks of ws2def.h, written from the documentation.

typedef int IPPROTO, *PIPROTO;
enum {
  IPPROTO_RESERVED_RAW = 257,
  IPPROTO_RESERVED_IPSEC = 258,
  IPPROTO_RESERVED_IPSECOFFLOAD = 259,
  IPPROTO_RESERVED_WNV = 260,
  IPPROTO_RESERVED_MAX = 261
};

// mingw-w64 stops at AF_BTH; AF_LINK and AF_HYPERV came later.
#undef AF_MAX
#undef PF_MAX
#define AF_MAX 35
#define PF_MAX AF_MAX

#define ADDRINFOEX_VERSION_2 2
#define ADDRINFOEX_VERSION_3 3
#define ADDRINFOEX_VERSION_4 4
#define ADDRINFOEX_VERSION_5 5
#define ADDRINFOEX_VERSION_6 6
#define ADDRINFOEX_VERSION_7 7
#define AF_HYPERV 34
#define AF_LINK 33
#define AI_BYPASS_DNS_CACHE 64
#define AI_DNS_ONLY 16
#define AI_DNS_RESPONSE_HOSTFILE 2
#define AI_DNS_RESPONSE_SECURE 1
#define AI_DNS_SERVER_TYPE_DOH 2
#define AI_DNS_SERVER_TYPE_DOT 3
#define AI_DNS_SERVER_TYPE_UDP 1
#define AI_DNS_SERVER_UDP_FALLBACK 1
#define AI_EXCLUSIVE_CUSTOM_SERVERS 0x200000
#define AI_EXTENDED 0x80000000
#define AI_EXTRA_DNSSEC_REQUIRED 1
#define AI_FORCE_CLEAR_TEXT 32
#define AI_REQUIRE_SECURE 0x20000000
#define AI_RESOLUTION_HANDLE 0x40000000
#define AI_RETURN_RESPONSE_FLAGS 0x10000000
#define AI_RETURN_TTL 128
#define AI_SECURE_WITH_FALLBACK 0x100000
#define IOC_WSK 0xf000000
#define IP6T_SO_ORIGINAL_DST 12303
#define IPPORT_CHARGEN 19
#define IPPORT_DYNAMIC_MAX 65535
#define IPPORT_DYNAMIC_MIN 49152
#define IPPORT_EPMAP 135
#define IPPORT_FTP_DATA 20
#define IPPORT_HTTPS 443
#define IPPORT_IMAP 143
#define IPPORT_IMAP3 220
#define IPPORT_LDAP 389
#define IPPORT_MICROSOFT_DS 445
#define IPPORT_MSP 18
#define IPPORT_NETBIOS_DGM 138
#define IPPORT_NETBIOS_NS 137
#define IPPORT_NETBIOS_SSN 139
#define IPPORT_NTP 123
#define IPPORT_POP3 110
#define IPPORT_QOTD 17
#define IPPORT_REGISTERED_MAX 49151
#define IPPORT_REGISTERED_MIN 1024
#define IPPORT_SNMP 161
#define IPPORT_SNMP_TRAP 162
#define IPPORT_TCPMUX 1
#define MSG_ERRQUEUE 4096
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER 0xc8000024
#define SIO_QUERY_RSS_PROCESSOR_INFO 0x48000025
#define SOL_IP 65531
#define SOL_IPV6 65530
#define SO_BSP_STATE 4105
#define SO_COMPARTMENT_ID 12292
#define SO_ORIGINAL_DST 12303
#define SO_PAUSE_ACCEPT 12291
#define SO_PORT_SCALABILITY 12294
#define SO_RANDOMIZE_PORT 12293
#define SO_RECEIVED_HOPLIMIT 12304
#define SO_RECEIVED_PROCESSOR 12305
#define SO_REUSE_MULTICASTPORT 12296
#define SO_REUSE_UNICASTPORT 12295
#define WSK_SO_BASE 16384

typedef struct sockaddr_storage_xp {
  short ss_family;
  char __ss_pad1[6];
  __int64 __ss_align;
  char __ss_pad2[112];
} SOCKADDR_STORAGE_XP, *PSOCKADDR_STORAGE_XP, *LPSOCKADDR_STORAGE_XP;
typedef struct sockaddr_storage SOCKADDR_STORAGE_LH, *PSOCKADDR_STORAGE_LH, *LPSOCKADDR_STORAGE_LH;

// The address of an interface: the first field tells that it is one.
typedef struct sockaddr_dl {
  ADDRESS_FAMILY sdl_family;
  UCHAR sdl_data[8];
  UCHAR sdl_zero[4];
} SOCKADDR_DL, *PSOCKADDR_DL;

typedef struct _SOCKET_PROCESSOR_AFFINITY {
  PROCESSOR_NUMBER Processor;
  USHORT NumaNodeId;
  USHORT Reserved;
} SOCKET_PROCESSOR_AFFINITY, *PSOCKET_PROCESSOR_AFFINITY;

// Each version of addrinfoex adds fields at the end; ai_version tells them apart.
#define ADDRINFOEX_FIELDS(TAG, CHARACTER) \
  int ai_flags; \
  int ai_family; \
  int ai_socktype; \
  int ai_protocol; \
  size_t ai_addrlen; \
  CHARACTER *ai_canonname; \
  struct sockaddr *ai_addr; \
  void *ai_blob; \
  size_t ai_bloblen; \
  GUID *ai_provider; \
  struct TAG *ai_next; \
  int ai_version; \
  CHARACTER *ai_fqdn;

typedef struct addrinfoex2A {
  ADDRINFOEX_FIELDS(addrinfoex2A, CHAR)
} ADDRINFOEX2A, *PADDRINFOEX2A, *LPADDRINFOEX2A;
typedef struct addrinfoex2W {
  ADDRINFOEX_FIELDS(addrinfoex2W, WCHAR)
} ADDRINFOEX2W, *PADDRINFOEX2W, *LPADDRINFOEX2W;
typedef struct addrinfoex3 {
  ADDRINFOEX_FIELDS(addrinfoex3, WCHAR)
  int ai_interfaceindex;
} ADDRINFOEX3, *PADDRINFOEX3, *LPADDRINFOEX3;
typedef struct addrinfoex4 {
  ADDRINFOEX_FIELDS(addrinfoex4, WCHAR)
  int ai_interfaceindex;
  HANDLE ai_resolutionhandle;
} ADDRINFOEX4, *PADDRINFOEX4, *LPADDRINFOEX4;
typedef struct addrinfoex5 {
  ADDRINFOEX_FIELDS(addrinfoex5, WCHAR)
  int ai_interfaceindex;
  HANDLE ai_resolutionhandle;
  unsigned int ai_ttl;
} ADDRINFOEX5, *PADDRINFOEX5, *LPADDRINFOEX5;

typedef struct addrinfo_dns_server {
  unsigned int ai_servertype;
  unsigned __int64 ai_flags;
  unsigned int ai_addrlen;
  struct sockaddr *ai_addr;
  union {
    PWSTR ai_template;
    PWSTR ai_hostname;
  };
} ADDRINFO_DNS_SERVER;

// The documentation has version 6 point to version 5.
typedef struct addrinfoex6 {
  ADDRINFOEX_FIELDS(addrinfoex5, WCHAR)
  int ai_interfaceindex;
  HANDLE ai_resolutionhandle;
  unsigned int ai_ttl;
  unsigned int ai_numservers;
  ADDRINFO_DNS_SERVER *ai_servers;
  ULONG64 ai_responseflags;
} ADDRINFOEX6, *PADDRINFOEX6;
typedef struct addrinfoex7 {
  ADDRINFOEX_FIELDS(addrinfoex7, WCHAR)
  int ai_interfaceindex;
  HANDLE ai_resolutionhandle;
  unsigned int ai_ttl;
  unsigned int ai_numservers;
  ADDRINFO_DNS_SERVER *ai_servers;
  ULONG64 ai_responseflags;
  ULONG64 ai_extraflags;
} ADDRINFOEX7, *PADDRINFOEX7;
#undef ADDRINFOEX_FIELDS

typedef struct addrinfoexA *LPADDRINFOEXA;
typedef struct addrinfoexW *LPADDRINFOEXW;
typedef WSACMSGHDR CMSGHDR, *PCMSGHDR;
#define cmsghdr WSACMSGHDR
