// What mingw-w64 lacks of udpmib.h, written from the documentation: endpoints with their peer, and
// datagrams counted in 64 bits.

typedef struct _MIB_UDPROW2 {
  DWORD dwLocalAddr;
  DWORD dwLocalPort;
  DWORD dwOwningPid;
  LARGE_INTEGER liCreateTimestamp;
  union {
    struct {
      int SpecificPortBind : 1;
    };
    int dwFlags;
  };
  ULONGLONG OwningModuleInfo[TCPIP_OWNING_MODULE_SIZE];
  DWORD dwRemoteAddr;
  DWORD dwRemotePort;
} MIB_UDPROW2, *PMIB_UDPROW2;

typedef struct _MIB_UDPTABLE2 {
  DWORD dwNumEntries;
  MIB_UDPROW2 table[ANY_SIZE];
} MIB_UDPTABLE2, *PMIB_UDPTABLE2;

typedef struct _MIB_UDP6ROW2 {
  UCHAR ucLocalAddr[16];
  DWORD dwLocalScopeId;
  DWORD dwLocalPort;
  DWORD dwOwningPid;
  LARGE_INTEGER liCreateTimestamp;
  union {
    struct {
      int SpecificPortBind : 1;
    };
    int dwFlags;
  };
  ULONGLONG OwningModuleInfo[TCPIP_OWNING_MODULE_SIZE];
  UCHAR ucRemoteAddr[16];
  DWORD dwRemoteScopeId;
  DWORD dwRemotePort;
} MIB_UDP6ROW2, *PMIB_UDP6ROW2;

typedef struct _MIB_UDP6TABLE2 {
  DWORD dwNumEntries;
  MIB_UDP6ROW2 table[ANY_SIZE];
} MIB_UDP6TABLE2, *PMIB_UDP6TABLE2;

typedef struct _MIB_UDPSTATS2 {
  DWORD64 dw64InDatagrams;
  DWORD dwNoPorts;
  DWORD dwInErrors;
  DWORD64 dw64OutDatagrams;
  DWORD dwNumAddrs;
} MIB_UDPSTATS2, *PMIB_UDPSTATS2;
