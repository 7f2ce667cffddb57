/* Lookups that use the stack of their caller, as those of Windows and what hooks into them do. */
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

static int WSAAPI my_getaddrinfo_ex(const WCHAR *name, const WCHAR *service, DWORD space,
                                    GUID *provider, const ADDRINFOEXW *hints,
                                    ADDRINFOEXW **result, struct timeval *timeout,
                                    OVERLAPPED *overlapped,
                                    LPLOOKUPSERVICE_COMPLETION_ROUTINE routine, HANDLE *handle)
{
    use_stack();
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
    if (!on(DEEP_LOOKUP)) return;
    wine_getaddrinfo = replace("ws2_32.dll", "getaddrinfo", my_getaddrinfo);
    wine_getaddrinfo_w = replace("ws2_32.dll", "GetAddrInfoW", my_getaddrinfo_w);
    wine_getaddrinfo_ex = replace("ws2_32.dll", "GetAddrInfoExW", my_getaddrinfo_ex);
    wine_getnameinfo = replace("ws2_32.dll", "getnameinfo", my_getnameinfo);
}
