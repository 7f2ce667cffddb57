/*
 * The name space of Bluetooth, NS_BTH: what was registered is found again, by any program. What a query has
 * to have is what the documentation of Bluetooth's WSAQUERYSET says.
 */
#include "as-windows.h"

#include <ws2bth.h>

#include <stdio.h>
#include <string.h>

#define RADIO 0x001a7dda7113ull
#define CONTEXT L"(00:1A:7D:DA:71:13)"

static int(WSAAPI *wine_set)(WSAQUERYSETW *, WSAESETSERVICEOP, DWORD);
static int(WSAAPI *wine_begin)(WSAQUERYSETW *, DWORD, HANDLE *);
static int(WSAAPI *wine_next)(HANDLE, DWORD, DWORD *, WSAQUERYSETW *);
static int(WSAAPI *wine_end)(HANDLE);

struct record {
    GUID service;
    ULONG channel;
    WCHAR name[64];
    WCHAR comment[64];
};

struct lookup {
    DWORD flags;
    GUID service;
    int given;
    BOOL ended;
};

static BOOL find(const GUID *service, struct record *record)
{
    WCHAR path[LONGEST_PATH];
    file_by_guid(L"sdp", service, path);
    return read_file(path, record, sizeof *record) == (int)sizeof *record;
}

ULONG channel_of_service(const GUID *service)
{
    struct record record;
    return find(service, &record) ? record.channel : 0;
}

static int WSAAPI my_set(WSAQUERYSETW *query, WSAESETSERVICEOP what, DWORD flags)
{
    if (!query || query->dwNameSpace != NS_BTH) return wine_set(query, what, flags);
    /* Only where Winsock is started, which this needs. */
    SOCKET any = socket(AF_INET, SOCK_DGRAM, 0);
    if (any == INVALID_SOCKET) return fail(WSANOTINITIALISED);
    closesocket(any);
    if (query->dwSize != sizeof *query || flags != 0 || what == RNRSERVICE_DEREGISTER) {
        return fail(WSAEINVAL);
    }
    CSADDR_INFO *place = query->lpcsaBuffer;
    if (!query->lpServiceClassId || query->dwNumberOfCsAddrs != 1 || !place) return fail(WSAEINVAL);
    const SOCKADDR_BTH *name = (const SOCKADDR_BTH *)place->LocalAddr.lpSockaddr;
    if (place->LocalAddr.iSockaddrLength < (int)sizeof *name || name->addressFamily != AF_BTH ||
        name->port == 0 || name->port > 30 || place->iSocketType != SOCK_STREAM ||
        place->iProtocol != BTHPROTO_RFCOMM) {
        return fail(WSAEINVAL);
    }
    WCHAR path[LONGEST_PATH];
    file_by_guid(L"sdp", query->lpServiceClassId, path);
    if (what == RNRSERVICE_DELETE) {
        return DeleteFileW(path) ? 0 : fail(WSASERVICE_NOT_FOUND);
    }
    struct record record = {*query->lpServiceClassId, name->port, {0}, {0}};
    if (query->lpszServiceInstanceName) wcsncpy(record.name, query->lpszServiceInstanceName, 63);
    if (query->lpszComment) wcsncpy(record.comment, query->lpszComment, 63);
    if (!write_new_file(path, &record, sizeof record)) return fail(WSAEADDRINUSE);
    return 0;
}

static struct lookup lookups[64];

/* Whether a lookup is one of ours, and not of another name space. */
static BOOL is_ours(HANDLE handle)
{
    const struct lookup *lookup = handle;
    return lookup >= lookups && lookup < lookups + COUNT(lookups);
}

static int WSAAPI my_begin(WSAQUERYSETW *query, DWORD flags, HANDLE *handle)
{
    static LONG used;
    if (!query || query->dwNameSpace != NS_BTH) return wine_begin(query, flags, handle);
    BOOL devices = (flags & LUP_CONTAINERS) != 0;
    if (query->dwSize != sizeof *query) return fail(WSAEINVAL);
    if (!devices && (!query->lpServiceClassId || !query->lpszContext)) return fail(WSAEINVAL);
    if (!devices && wcscmp(query->lpszContext, CONTEXT) != 0) return fail(WSASERVICE_NOT_FOUND);
    struct lookup *lookup = &lookups[(InterlockedIncrement(&used) - 1) % (LONG)COUNT(lookups)];
    memset(lookup, 0, sizeof *lookup);
    lookup->flags = flags;
    if (!devices) lookup->service = *query->lpServiceClassId;
    *handle = lookup;
    return 0;
}

/* A record with all that it points to behind it. */
struct result {
    WSAQUERYSETW query;
    CSADDR_INFO place;
    SOCKADDR_BTH name;
    WCHAR text[64];
    WCHAR comment[64];
    /* More than is asked for at first. */
    char more[5000];
};

static int WSAAPI my_next(HANDLE handle, DWORD flags, DWORD *bytes, WSAQUERYSETW *query)
{
    struct lookup *lookup = handle;
    struct record record;
    if (!is_ours(handle)) return wine_next(handle, flags, bytes, query);
    if (lookup->ended) return fail(WSA_E_CANCELLED);
    BOOL devices = (lookup->flags & LUP_CONTAINERS) != 0;
    if (lookup->given > 0) return fail(WSA_E_NO_MORE);
    if (devices) {
        memset(&record, 0, sizeof record);
        wcscpy(record.name, L"Headset");
        /* An inquiry takes its time; a lookup that is ended meanwhile is cancelled. */
        for (int i = 0; i < 20 && (flags & LUP_FLUSHCACHE); i++) {
            Sleep(50);
            if (lookup->ended) return fail(WSA_E_CANCELLED);
        }
    } else if (!find(&lookup->service, &record)) {
        return fail(WSA_E_NO_MORE);
    }
    if (*bytes < sizeof(struct result)) {
        *bytes = sizeof(struct result);
        return fail(WSAEFAULT);
    }
    struct result *result = (struct result *)query;
    memset(result, 0, sizeof *result);
    result->query.dwSize = sizeof result->query;
    result->query.dwNameSpace = NS_BTH;
    if (flags & LUP_RETURN_NAME) {
        wcscpy(result->text, record.name);
        result->query.lpszServiceInstanceName = result->text;
    }
    if (flags & LUP_RETURN_COMMENT) {
        wcscpy(result->comment, record.comment);
        result->query.lpszComment = result->comment;
    }
    if (devices) result->query.dwOutputFlags = BTHNS_RESULT_DEVICE_REMEMBERED;
    if (flags & LUP_RETURN_ADDR) {
        result->name.addressFamily = AF_BTH;
        result->name.btAddr = RADIO;
        result->name.port = record.channel;
        result->place.RemoteAddr.lpSockaddr = (SOCKADDR *)&result->name;
        result->place.RemoteAddr.iSockaddrLength = sizeof result->name;
        result->place.iSocketType = SOCK_STREAM;
        result->place.iProtocol = BTHPROTO_RFCOMM;
        result->query.dwNumberOfCsAddrs = 1;
        result->query.lpcsaBuffer = &result->place;
    }
    lookup->given++;
    return 0;
}

static int WSAAPI my_end(HANDLE handle)
{
    if (!is_ours(handle)) return wine_end(handle);
    ((struct lookup *)handle)->ended = TRUE;
    return 0;
}

void install_services(void)
{
    if (!on(BLUETOOTH)) return;
    wine_set = replace("ws2_32.dll", "WSASetServiceW", my_set);
    wine_begin = replace("ws2_32.dll", "WSALookupServiceBeginW", my_begin);
    wine_next = replace("ws2_32.dll", "WSALookupServiceNextW", my_next);
    wine_end = replace("ws2_32.dll", "WSALookupServiceEnd", my_end);
}
