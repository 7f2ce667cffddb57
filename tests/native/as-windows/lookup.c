/*
 * Lookups that use the stack of their caller, as those of Windows and what hooks into them do; and names whose
 * servers never answer, so that a lookup goes on until it is cancelled.
 */
#include "as-windows.h"

#include <string.h>

/* More than a thread of 128 KiB has, and no more than one of half a MiB can give. */
#define STACK_BYTES (192 * 1024)

static int(WSAAPI *wine_getaddrinfo)(const char *, const char *, const struct addrinfo *,
                                     struct addrinfo **);
static int(WSAAPI *wine_getaddrinfo_w)(const WCHAR *, const WCHAR *, const ADDRINFOW *,
                                       ADDRINFOW **);
static int(WSAAPI *wine_getaddrinfo_ex)(const WCHAR *, const WCHAR *, DWORD, GUID *,
                                        const ADDRINFOEXW *, ADDRINFOEXW **, struct timeval *,
                                        OVERLAPPED *, LPLOOKUPSERVICE_COMPLETION_ROUTINE, HANDLE *);
static int(WSAAPI *wine_getnameinfo)(const struct sockaddr *, socklen_t, char *, DWORD, char *,
                                     DWORD, int);

__attribute__((noinline)) static void use_stack(void)
{
    volatile char used[STACK_BYTES];
    for (size_t i = 0; i < sizeof used; i += 512) used[i] = 1;
}

static int WSAAPI my_getaddrinfo(const char *node, const char *service,
                                 const struct addrinfo *hints, struct addrinfo **result)
{
    use_stack();
    return wine_getaddrinfo(node, service, hints, result);
}

static int WSAAPI my_getaddrinfo_w(const WCHAR *node, const WCHAR *service, const ADDRINFOW *hints,
                                   ADDRINFOW **result)
{
    use_stack();
    return wine_getaddrinfo_w(node, service, hints, result);
}

/* A lookup without an answer. Its address is the handle that GetAddrInfoExW gives. */
struct slow {
    OVERLAPPED *overlapped;
    int state;
};

static struct slow slow[256];
static LONG slow_used;

static struct slow *slow_of(const OVERLAPPED *overlapped)
{
    for (LONG i = 0; i < slow_used; i++) {
        if (slow[i].overlapped == overlapped) return &slow[i];
    }
    return NULL;
}

static int(WSAAPI *wine_overlapped_result)(OVERLAPPED *);
static int(WSAAPI *wine_cancel)(HANDLE *);

static int WSAAPI my_overlapped_result(OVERLAPPED *overlapped)
{
    struct slow *one = slow_of(overlapped);
    if (!one) return wine_overlapped_result(overlapped);
    /* Whoever has its end may use the OVERLAPPED again. */
    if (one->state != WSAEINPROGRESS) one->overlapped = NULL;
    return one->state;
}

/*
 * A lookup that is cancelled completes with WSA_E_CANCELLED:
 * https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getaddrinfoexcancel
 */
static int WSAAPI my_cancel(HANDLE *handle)
{
    struct slow *one = *handle;
    if (one < slow || one >= slow + COUNT(slow)) return wine_cancel(handle);
    if (one->state != WSAEINPROGRESS) return WSA_INVALID_HANDLE;
    one->state = WSA_E_CANCELLED;
    SetEvent(one->overlapped->hEvent);
    return NO_ERROR;
}

static int look_up_slowly(OVERLAPPED *overlapped, HANDLE *handle)
{
    struct slow *one = &slow[InterlockedIncrement(&slow_used) - 1];
    one->overlapped = overlapped;
    one->state = WSAEINPROGRESS;
    *handle = one;
    return WSA_IO_PENDING;
}

static int WSAAPI my_getaddrinfo_ex(const WCHAR *name, const WCHAR *service, DWORD space,
                                    GUID *provider, const ADDRINFOEXW *hints,
                                    ADDRINFOEXW **result, struct timeval *timeout,
                                    OVERLAPPED *overlapped,
                                    LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    if (on(DEEP_LOOKUP)) use_stack();
    if (on(SLOW_LOOKUP) && overlapped && name && wcsncmp(name, L"slow.", 5) == 0) {
        return look_up_slowly(overlapped, handle);
    }
    return wine_getaddrinfo_ex(name, service, space, provider, hints, result, timeout, overlapped,
                               routine, handle);
}

static int WSAAPI my_getnameinfo(const struct sockaddr *name, socklen_t bytes, char *host,
                                 DWORD host_bytes, char *service, DWORD service_bytes, int flags)
{
    use_stack();
    return wine_getnameinfo(name, bytes, host, host_bytes, service, service_bytes, flags);
}

void install_lookup(void)
{
    if (on(SLOW_LOOKUP)) {
        wine_overlapped_result =
            replace("ws2_32.dll", "GetAddrInfoExOverlappedResult", my_overlapped_result);
        wine_cancel = replace("ws2_32.dll", "GetAddrInfoExCancel", my_cancel);
    }
    if (on(SLOW_LOOKUP) || on(DEEP_LOOKUP)) {
        wine_getaddrinfo_ex = replace("ws2_32.dll", "GetAddrInfoExW", my_getaddrinfo_ex);
    }
    if (!on(DEEP_LOOKUP)) return;
    wine_getaddrinfo = replace("ws2_32.dll", "getaddrinfo", my_getaddrinfo);
    wine_getaddrinfo_w = replace("ws2_32.dll", "GetAddrInfoW", my_getaddrinfo_w);
    wine_getnameinfo = replace("ws2_32.dll", "getnameinfo", my_getnameinfo);
}
