// Records that mingw-w64 declares differently from Windows; unit.ts puts mingw's own out of the way.

typedef struct _MIB_IPDESTROW {
  MIB_IPFORWARDROW ForwardRow;
  DWORD dwForwardPreference;
  DWORD dwForwardViewSet;
} MIB_IPDESTROW, *PMIB_IPDESTROW;

typedef struct _MIB_IPDESTTABLE {
  DWORD dwNumEntries;
  MIB_IPDESTROW table[ANY_SIZE];
} MIB_IPDESTTABLE, *PMIB_IPDESTTABLE;

typedef struct _MIB_MFE_STATS_TABLE_EX {
  DWORD dwNumEntries;
  PMIB_IPMCAST_MFE_STATS_EX table[ANY_SIZE];
} MIB_MFE_STATS_TABLE_EX, *PMIB_MFE_STATS_TABLE_EX;

// A later member of ICMP6_TYPE.
enum { ICMP6_V2_MEMBERSHIP_REPORT = 143 };
