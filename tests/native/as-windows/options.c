/* Options and ioctls. */
#include "as-windows.h"

#include <string.h>

#define SIO_TCP_INITIAL_RTO_ _WSAIOW(IOC_VENDOR, 17)
#define SIO_TCP_INFO_ _WSAIORW(IOC_VENDOR, 39)
#define SIO_KEEPALIVE_VALS_ _WSAIOW(IOC_VENDOR, 4)
#define SIO_UDP_CONNRESET_ _WSAIOW(IOC_VENDOR, 12)
#define SIO_BASE_HANDLE_ _WSAIOR(IOC_WS2, 34)
#define SIO_AF_UNIX_GETPEERPID_ _WSAIOR(IOC_VENDOR, 256)
#define UDP_RECV_MAX_COALESCED_SIZE_ 3
#define UDP_SEND_MSG_SIZE_ 2
/* TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS */
#define NO_SYN_RETRANSMISSIONS 0xfe

int(WSAAPI *wine_getsockopt)(SOCKET, int, int, char *, int *);
static int(WSAAPI *wine_setsockopt)(SOCKET, int, int, const char *, int);
static int(WSAAPI *wine_ioctl)(SOCKET, DWORD, void *, DWORD, void *, DWORD, DWORD *, OVERLAPPED *,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *wine_ioctlsocket)(SOCKET, long, u_long *);
static int(WSAAPI *wine_event_select)(SOCKET, WSAEVENT, long);
static int(WSAAPI *wine_async_select)(SOCKET, HWND, u_int, long);

static void remember(struct known *known, int level, int name, const char *value, int bytes)
{
    if (level != SOL_SOCKET || !value) return;
    if (name == SO_LINGER && bytes >= (int)sizeof known->linger) {
        memcpy(&known->linger, value, sizeof known->linger);
    } else if (name == SO_EXCLUSIVEADDRUSE && bytes >= 4) {
        known->exclusive = *(const int *)value != 0;
    }
}

static int(WSAAPI *wine_cleanup)(void);

/* Success leaves no error behind. */
static int WSAAPI my_cleanup(void)
{
    int result = wine_cleanup();
    if (result == 0 && on(LAST_ERROR)) WSASetLastError(0);
    return result;
}

static int WSAAPI my_setsockopt(SOCKET socket, int level, int name, const char *value, int bytes)
{
    struct known *known = know(socket);
    if (known && known->is_unix && (level == IPPROTO_TCP || level == IPPROTO_IP)) {
        return fail(WSAEOPNOTSUPP);
    }
    if (known && known->type == SOCK_DGRAM && level == IPPROTO_UDP && on(COALESCED) &&
        name == UDP_RECV_MAX_COALESCED_SIZE_ && value && bytes == sizeof(DWORD)) {
        known->coalesced = *(const DWORD *)value;
        return 0;
    }
    /* Wine hands it on to its host, which wants it in the order of the network. */
    DWORD index;
    if (on(INTERFACE_ORDER) && level == IPPROTO_IPV6 && name == IPV6_UNICAST_IF && value &&
        bytes == sizeof index) {
        index = htonl(*(const DWORD *)value);
        value = (const char *)&index;
    }
    if (level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT && update_fails()) {
        return fail(WSAENOTCONN);
    }
    int answered;
    if (known && group_option(known, level, name, value, bytes, &answered)) return answered;
    int result = wine_setsockopt(socket, level, name, value, bytes);
    if (result == 0 && known) remember(known, level, name, value, bytes);
    return result;
}

static int WSAAPI my_getsockopt(SOCKET socket, int level, int name, char *value, int *bytes)
{
    struct known *known = know(socket);
    if (known && known->is_unix && (level == IPPROTO_TCP || level == IPPROTO_IP)) {
        return fail(WSAEOPNOTSUPP);
    }
    if (known && known->type == SOCK_DGRAM && level == IPPROTO_UDP && on(COALESCED) &&
        name == UDP_RECV_MAX_COALESCED_SIZE_ && value && bytes && *bytes >= (int)sizeof(DWORD)) {
        *(DWORD *)value = known->coalesced;
        *bytes = sizeof(DWORD);
        return 0;
    }
    if (known && known->type == SOCK_DGRAM && level == IPPROTO_UDP && on(SEND_CONTROL) &&
        name == UDP_SEND_MSG_SIZE_ && value && bytes && *bytes >= (int)sizeof(DWORD)) {
        *(DWORD *)value = 0;
        *bytes = sizeof(DWORD);
        return 0;
    }
    int result = wine_getsockopt(socket, level, name, value, bytes);
    if (result != 0 || !known || level != SOL_SOCKET) return result;
    if (known->is_unix && name == SO_PROTOCOL_INFOW) {
        WSAPROTOCOL_INFOW *info = (WSAPROTOCOL_INFOW *)value;
        info->iAddressFamily = known->family;
        info->iProtocol = known->protocol;
        info->iMaxSockAddr = info->iMinSockAddr = family_name_bytes(known->family);
    }
    if (on(LAYERED) && (name == SO_PROTOCOL_INFOW || name == SO_PROTOCOL_INFOA)) {
        ((WSAPROTOCOL_INFOW *)value)->dwServiceFlags1 &= ~XP1_IFS_HANDLES;
    }
    /* A call that has waited and failed has said so itself. */
    if (on(ERROR_OPTION) && name == SO_ERROR && !known->non_blocking && value && *bytes >= 4) {
        *(int *)value = 0;
    }
    return result;
}

static int extension_pointer(const void *in, DWORD in_bytes, void *out, DWORD out_bytes)
{
    if (in_bytes < sizeof(GUID) || out_bytes < sizeof(void *)) return 0;
    void **pointer = out, *with = extension_of_connect(in, *pointer);
    if (!with) with = extension_of_sockets(in, *pointer);
    if (!with) with = extension_of_messages(in, *pointer);
    if (!with) with = extension_of_receive(in, *pointer);
    if (with) *pointer = with;
    return 0;
}

static int base_handle(struct known *known, void *out, DWORD out_bytes, DWORD *bytes)
{
    if (out_bytes < sizeof(SOCKET)) return fail(WSAEFAULT);
    if (known->base == INVALID_SOCKET) {
        HANDLE base;
        DuplicateHandle(GetCurrentProcess(), (HANDLE)known->socket, GetCurrentProcess(), &base, 0,
                        FALSE, DUPLICATE_SAME_ACCESS);
        known->base = (SOCKET)base;
    }
    *(SOCKET *)out = known->base;
    if (bytes) *bytes = sizeof(SOCKET);
    return 0;
}

static int WSAAPI my_ioctl(SOCKET socket, DWORD code, void *in, DWORD in_bytes, void *out,
                           DWORD out_bytes, DWORD *bytes, OVERLAPPED *overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct known *known = know(socket);
    if (known && code == SIO_TCP_INITIAL_RTO_ && on(REFUSED_LATE) && in && in_bytes >= 3) {
        known->no_syn_retries = ((BYTE *)in)[2] == NO_SYN_RETRANSMISSIONS;
        if (bytes) *bytes = 0;
        return 0;
    }
    int answer;
    if (known && code == SIO_TCP_INFO_ && tcp_info(known, in, in_bytes, out, out_bytes, bytes, &answer)) return answer;
    if (known && code == SIO_AF_UNIX_GETPEERPID_ && peer_process(known, out, out_bytes, bytes, &answer)) return answer;
    if (known && known->is_unix) {
        if (code == SIO_KEEPALIVE_VALS_ || code == SIO_TCP_INITIAL_RTO_) return fail(WSAEINVAL);
        if (code == SIO_AF_UNIX_GETPEERPID_) return fail(WSAEOPNOTSUPP);
    }
    if (known && code == SIO_BASE_HANDLE_ && on(LAYERED)) {
        return base_handle(known, out, out_bytes, bytes);
    }
    int changed;
    if (known && address_change(known, code, overlapped, &changed)) return changed;
    int result =
        wine_ioctl(socket, code, in, in_bytes, out, out_bytes, bytes, overlapped, routine);
    if (result != 0 || !known) return result;
    if (code == SIO_GET_EXTENSION_FUNCTION_POINTER) {
        return extension_pointer(in, in_bytes, out, out_bytes);
    }
    if (code == (DWORD)FIONBIO && in) known->non_blocking = *(u_long *)in != 0;
    if (code == SIO_UDP_CONNRESET_ && in) known->unreachable_off = *(DWORD *)in == 0;
    return result;
}

static int WSAAPI my_ioctlsocket(SOCKET socket, long code, u_long *value)
{
    struct known *known = know(socket);
    int result = wine_ioctlsocket(socket, code, value);
    if (result == 0 && known && code == FIONBIO) known->non_blocking = *value != 0;
    return result;
}

static int WSAAPI my_event_select(SOCKET socket, WSAEVENT event, long events)
{
    struct known *known = know(socket);
    int result = wine_event_select(socket, event, events);
    if (result == 0 && known) known->non_blocking = TRUE;
    return result;
}

static int WSAAPI my_async_select(SOCKET socket, HWND window, u_int message, long events)
{
    struct known *known = know(socket);
    int result = wine_async_select(socket, window, message, events);
    if (result == 0 && known) known->non_blocking = TRUE;
    return result;
}

void install_options(void)
{
    wine_getsockopt = replace("ws2_32.dll", "getsockopt", my_getsockopt);
    wine_cleanup = replace("ws2_32.dll", "WSACleanup", my_cleanup);
    wine_setsockopt = replace("ws2_32.dll", "setsockopt", my_setsockopt);
    wine_ioctl = replace("ws2_32.dll", "WSAIoctl", my_ioctl);
    wine_ioctlsocket = replace("ws2_32.dll", "ioctlsocket", my_ioctlsocket);
    wine_event_select = replace("ws2_32.dll", "WSAEventSelect", my_event_select);
    wine_async_select = replace("ws2_32.dll", "WSAAsyncSelect", my_async_select);
}
