// What mingw-w64 lacks of ws2tcpip.h, written from the documentation.

// mingw-w64 has WSANO_DATA here; Windows has made it the same as EAI_NONAME.
#undef EAI_NODATA
#define EAI_NODATA EAI_NONAME

#define EAI_IPSECPOLICY 11033
#define EAI_NOSECURENAME 11032

INT WSAAPI GetAddrInfoExCancel(LPHANDLE lpHandle);
INT WSAAPI GetAddrInfoExOverlappedResult(LPOVERLAPPED lpOverlapped);
INT WSAAPI WSADeleteSocketPeerTargetName(
    SOCKET Socket, const struct sockaddr *PeerAddr, ULONG PeerAddrLen, LPWSAOVERLAPPED Overlapped,
    LPWSAOVERLAPPED_COMPLETION_ROUTINE CompletionRoutine);

typedef INT (WSAAPI *LPFN_GETADDRINFOEXCANCEL)(LPHANDLE lpHandle);
typedef INT (WSAAPI *LPFN_GETADDRINFOEXOVERLAPPEDRESULT)(LPOVERLAPPED lpOverlapped);
typedef PCSTR (WSAAPI *LPFN_INET_NTOPA)(
    INT Family, const void *pAddr, PSTR pStringBuf, size_t StringBufSize);
typedef PCWSTR (WSAAPI *LPFN_INET_NTOPW)(
    INT Family, const void *pAddr, PWSTR pStringBuf, size_t StringBufSize);
typedef INT (WSAAPI *LPFN_INET_PTONA)(INT Family, PCSTR pszAddrString, PVOID pAddrBuf);
typedef INT (WSAAPI *LPFN_INET_PTONW)(INT Family, PCWSTR pszAddrString, PVOID pAddrBuf);
#define LPFN_INET_NTOP LPFN_INET_NTOPW
#define LPFN_INET_PTON LPFN_INET_PTONW
