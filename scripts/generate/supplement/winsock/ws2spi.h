// What mingw-w64 lacks of ws2spi.h, written from the documentation, and what it declares differently:
// name space providers of version 2. unit.ts puts mingw's own declarations out of the way.

// These three return nothing: the provider reports by WSAProviderCompleteAsyncCall, or not at all.
typedef void (WSAAPI *LPNSPV2CLIENTSESSIONRUNDOWN)(
    LPGUID lpProviderId, LPVOID pvClientSessionArg);
typedef void (WSAAPI *LPNSPV2LOOKUPSERVICENEXTEX)(
    HANDLE hAsyncCall, HANDLE hLookup, DWORD dwControlFlags, LPDWORD lpdwBufferLength,
    LPWSAQUERYSET2W lpqsResults);
typedef void (WSAAPI *LPNSPV2SETSERVICEEX)(
    HANDLE hAsyncCall, LPGUID lpProviderId, LPWSAQUERYSET2W lpqsRegInfo,
    WSAESETSERVICEOP essOperation, DWORD dwControlFlags, LPVOID lpvClientSessionArg);

typedef struct _NSPV2_ROUTINE {
  DWORD cbSize;
  DWORD dwMajorVersion;
  DWORD dwMinorVersion;
  LPNSPV2STARTUP NSPv2Startup;
  LPNSPV2CLEANUP NSPv2Cleanup;
  LPNSPV2LOOKUPSERVICEBEGIN NSPv2LookupServiceBegin;
  LPNSPV2LOOKUPSERVICENEXTEX NSPv2LookupServiceNextEx;
  LPNSPV2LOOKUPSERVICEEND NSPv2LookupServiceEnd;
  LPNSPV2SETSERVICEEX NSPv2SetServiceEx;
  LPNSPV2CLIENTSESSIONRUNDOWN NSPv2ClientSessionRundown;
} NSPV2_ROUTINE, *PNSPV2_ROUTINE, *LPNSPV2_ROUTINE;
typedef const NSPV2_ROUTINE *PCNSPV2_ROUTINE, *LPCNSPV2_ROUTINE;

// The table itself, where mingw-w64 has a pointer to its address.
INT WSAAPI WSAAdvertiseProvider(const GUID *puuidProviderId, const LPCNSPV2_ROUTINE pNSPv2Routine);
