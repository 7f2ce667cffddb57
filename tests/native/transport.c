/*
 * A transport provider that has no network: each of its 30 functions writes down what it was given,
 * and answers what the test expects. A socket of 0xbad is none.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <ws2spi.h>

#include "record.h"

#define BAD 0xbad

static int started;

/* The bytes of some memory as text, so that the test sees what arrived. */
static const char *hex(const void *memory, int length)
{
    static char texts[4][200];
    static int next;
    char *text = texts[next++ % 4];
    const unsigned char *bytes = memory;
    int i;
    if (!memory) return "NULL";
    text[0] = 0;
    for (i = 0; i < length && i < 99; i++) sprintf(text + 2 * i, "%02x", bytes[i]);
    return text;
}

static const char *given(const void *pointer)
{
    return pointer ? "given" : "NULL";
}

#include "upcalls.h"

static int failed(LPINT error, int code)
{
    *error = code;
    return SOCKET_ERROR;
}

static void put_address(LPSOCKADDR to, LPINT length, unsigned short port)
{
    struct sockaddr_in address = {0};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(0x0a000001);
    memcpy(to, &address, sizeof address);
    *length = sizeof address;
}

static SOCKET WSPAPI WSPAccept(SOCKET s, LPSOCKADDR address, LPINT length, LPCONDITIONPROC condition,
                               DWORD_PTR context, LPINT error)
{
    int answer = CF_DEFER;
    WSABUF caller = {4, "from"};
    if (s == BAD) {
        *error = WSAENOTSOCK;
        return INVALID_SOCKET;
    }
    if (condition) answer = condition(&caller, NULL, NULL, NULL, NULL, NULL, NULL, context);
    record("WSPAccept s=%d length=%d context=%d condition=%d", (int)s, *length, (int)context, answer);
    put_address(address, length, 4000);
    return 1001;
}

static INT WSPAPI WSPAddressToString(LPSOCKADDR address, DWORD length, LPWSAPROTOCOL_INFOW info,
                                     LPWSTR text, LPDWORD text_length, LPINT error)
{
    record("WSPAddressToString %s info=%s room=%d", hex(address, length), given(info),
           (int)*text_length);
    if (*text_length < 8) {
        *text_length = 8;
        return failed(error, WSAEFAULT);
    }
    wcscpy(text, L"10.0.0.1");
    *text_length = 9;
    return 0;
}

static int WSPAPI WSPAsyncSelect(SOCKET s, HWND window, unsigned message, long events, LPINT error)
{
    record("WSPAsyncSelect s=%d window=%d message=%u events=%ld", (int)s, (int)(INT_PTR)window,
           message, events);
    return s == BAD ? failed(error, WSAENOTSOCK) : 0;
}

static int WSPAPI WSPBind(SOCKET s, const struct sockaddr *name, int length, LPINT error)
{
    record("WSPBind s=%d name=%s length=%d", (int)s, hex(name, length), length);
    return s == BAD ? failed(error, WSAENOTSOCK) : 0;
}

static int WSPAPI WSPCancelBlockingCall(LPINT error)
{
    record("WSPCancelBlockingCall");
    return failed(error, WSAEOPNOTSUPP);
}

static int WSPAPI WSPCleanup(LPINT error)
{
    record("WSPCleanup");
    if (started == 0) return failed(error, WSANOTINITIALISED);
    started--;
    return 0;
}

static int WSPAPI WSPCloseSocket(SOCKET s, LPINT error)
{
    record("WSPCloseSocket s=%d", (int)s);
    return s == BAD ? failed(error, WSAENOTSOCK) : 0;
}

static int WSPAPI WSPConnect(SOCKET s, const struct sockaddr *name, int length, LPWSABUF caller,
                             LPWSABUF callee, LPQOS sqos, LPQOS gqos, LPINT error)
{
    record("WSPConnect s=%d name=%s caller=%.*s callee=%s sqos=%s gqos=%s", (int)s,
           hex(name, length), caller ? (int)caller->len : 4, caller ? caller->buf : "NULL",
           given(callee), given(sqos), given(gqos));
    return s == BAD ? failed(error, WSAECONNREFUSED) : 0;
}

static int WSPAPI WSPDuplicateSocket(SOCKET s, DWORD process, LPWSAPROTOCOL_INFOW info, LPINT error)
{
    record("WSPDuplicateSocket s=%d process=%lu", (int)s, process);
    if (s == BAD) return failed(error, WSAENOTSOCK);
    memset(info, 0, sizeof *info);
    info->dwCatalogEntryId = 7777;
    info->dwProviderReserved = 42;
    wcscpy(info->szProtocol, L"duplicate");
    return 0;
}

static int WSPAPI WSPEnumNetworkEvents(SOCKET s, WSAEVENT event, LPWSANETWORKEVENTS events,
                                       LPINT error)
{
    record("WSPEnumNetworkEvents s=%d event=%d", (int)s, (int)(INT_PTR)event);
    if (s == BAD) return failed(error, WSAENOTSOCK);
    memset(events, 0, sizeof *events);
    events->lNetworkEvents = FD_READ | FD_CONNECT;
    events->iErrorCode[FD_CONNECT_BIT] = WSAECONNREFUSED;
    return 0;
}

static int WSPAPI WSPEventSelect(SOCKET s, WSAEVENT event, long events, LPINT error)
{
    record("WSPEventSelect s=%d event=%d events=%ld", (int)s, (int)(INT_PTR)event, events);
    return s == BAD ? failed(error, WSAENOTSOCK) : 0;
}

static BOOL WSPAPI WSPGetOverlappedResult(SOCKET s, LPWSAOVERLAPPED overlapped, LPDWORD bytes,
                                          BOOL wait, LPDWORD flags, LPINT error)
{
    record("WSPGetOverlappedResult s=%d offset=%lu wait=%d", (int)s, overlapped->Offset, wait);
    if (s == BAD || !wait) {
        *error = s == BAD ? WSAENOTSOCK : WSA_IO_INCOMPLETE;
        return FALSE;
    }
    *bytes = 321;
    *flags = MSG_PARTIAL;
    return TRUE;
}

static int WSPAPI WSPGetPeerName(SOCKET s, LPSOCKADDR name, LPINT length, LPINT error)
{
    record("WSPGetPeerName s=%d length=%d", (int)s, *length);
    if (s == BAD) return failed(error, WSAENOTCONN);
    put_address(name, length, 4001);
    return 0;
}

static int WSPAPI WSPGetSockName(SOCKET s, LPSOCKADDR name, LPINT length, LPINT error)
{
    record("WSPGetSockName s=%d length=%d", (int)s, *length);
    if (s == BAD) return failed(error, WSAENOTSOCK);
    put_address(name, length, 4002);
    return 0;
}

static int WSPAPI WSPGetSockOpt(SOCKET s, int level, int option, char *value, LPINT length,
                                LPINT error)
{
    record("WSPGetSockOpt s=%d level=%d option=%d length=%d", (int)s, level, option, *length);
    if (s == BAD) return failed(error, WSAENOPROTOOPT);
    memcpy(value, "\x11\x22\x33\x44", 4);
    *length = 4;
    return 0;
}

static BOOL WSPAPI WSPGetQOSByName(SOCKET s, LPWSABUF name, LPQOS qos, LPINT error)
{
    record("WSPGetQOSByName s=%d name=%.*s", (int)s, (int)name->len, name->buf);
    if (s == BAD) {
        *error = WSAEINVAL;
        return FALSE;
    }
    memset(qos, 0, sizeof *qos);
    qos->SendingFlowspec.TokenRate = 64000;
    return TRUE;
}

static int WSPAPI WSPIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_length, LPVOID out,
                           DWORD out_length, LPDWORD returned, LPWSAOVERLAPPED overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread,
                           LPINT error)
{
    record("WSPIoctl s=%d code=%08lx in=%s out=%lu overlapped=%s routine=%s thread=%s", (int)s,
           code, hex(in, in_length), out_length, given(overlapped), given(routine), given(thread));
    if (s == BAD) return failed(error, WSAEOPNOTSUPP);
    if (overlapped) return failed(error, WSA_IO_PENDING);
    memset(out, 0x77, out_length);
    *returned = out_length;
    return 0;
}

static SOCKET WSPAPI WSPJoinLeaf(SOCKET s, const struct sockaddr *name, int length, LPWSABUF caller,
                                 LPWSABUF callee, LPQOS sqos, LPQOS gqos, DWORD flags, LPINT error)
{
    record("WSPJoinLeaf s=%d name=%s caller=%s callee=%s sqos=%s gqos=%s flags=%lu", (int)s,
           hex(name, length), given(caller), given(callee), given(sqos), given(gqos), flags);
    if (s == BAD) {
        *error = WSAEOPNOTSUPP;
        return INVALID_SOCKET;
    }
    return 1002;
}

static int WSPAPI WSPListen(SOCKET s, int backlog, LPINT error)
{
    record("WSPListen s=%d backlog=%d", (int)s, backlog);
    return s == BAD ? failed(error, WSAEOPNOTSUPP) : 0;
}

static int fill(LPWSABUF buffers, DWORD count, const char *text)
{
    DWORD i, at = 0, used;
    for (i = 0; i < count; i++, at += used) {
        used = (DWORD)strlen(text) - at;
        if (used > buffers[i].len) used = buffers[i].len;
        memcpy(buffers[i].buf, text + at, used);
    }
    return at;
}

static int WSPAPI WSPRecv(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received, LPDWORD flags,
                          LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                          LPWSATHREADID thread, LPINT error)
{
    record("WSPRecv s=%d count=%lu first=%lu flags=%lu overlapped=%s routine=%s thread=%s", (int)s,
           count, buffers->len, *flags, given(overlapped), given(routine), given(thread));
    if (s == BAD) return failed(error, WSAECONNRESET);
    if (overlapped) return failed(error, WSA_IO_PENDING);
    *received = fill(buffers, count, "received data");
    *flags = MSG_PARTIAL;
    return 0;
}

static int WSPAPI WSPRecvDisconnect(SOCKET s, LPWSABUF data, LPINT error)
{
    record("WSPRecvDisconnect s=%d data=%s", (int)s, given(data));
    if (s == BAD) return failed(error, WSAENOTCONN);
    data->len = fill(data, 1, "bye");
    return 0;
}

static int WSPAPI WSPRecvFrom(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD received,
                              LPDWORD flags, LPSOCKADDR from, LPINT from_length,
                              LPWSAOVERLAPPED overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread,
                              LPINT error)
{
    record("WSPRecvFrom s=%d count=%lu flags=%lu from=%d overlapped=%s routine=%s thread=%s",
           (int)s, count, *flags, *from_length, given(overlapped), given(routine), given(thread));
    if (s == BAD) return failed(error, WSAEMSGSIZE);
    *received = fill(buffers, count, "datagram");
    put_address(from, from_length, 4003);
    return 0;
}

static int WSPAPI WSPSelect(int nfds, fd_set *read, fd_set *write, fd_set *except,
                            const struct timeval *timeout, LPINT error)
{
    record("WSPSelect nfds=%d read=%d write=%d except=%s timeout=%ld.%06ld", nfds,
           read ? (int)read->fd_count : -1, write ? (int)write->fd_count : -1, given(except),
           timeout ? timeout->tv_sec : -1, timeout ? timeout->tv_usec : -1);
    if (!read) return failed(error, WSAEINVAL);
    read->fd_count = 1;
    if (write) write->fd_count = 0;
    return 1;
}

static int sum(LPWSABUF buffers, DWORD count)
{
    int total = 0;
    for (; count > 0; count--, buffers++) total += buffers->len;
    return total;
}

static int WSPAPI WSPSend(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                          LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                          LPWSATHREADID thread, LPINT error)
{
    record("WSPSend s=%d count=%lu data=%.*s flags=%lu overlapped=%s routine=%s thread=%s", (int)s,
           count, (int)buffers->len, buffers->buf, flags, given(overlapped), given(routine),
           given(thread));
    if (s == BAD) return failed(error, WSAECONNABORTED);
    if (overlapped) return failed(error, WSA_IO_PENDING);
    *sent = sum(buffers, count);
    return 0;
}

static int WSPAPI WSPSendDisconnect(SOCKET s, LPWSABUF data, LPINT error)
{
    record("WSPSendDisconnect s=%d data=%.*s", (int)s, data ? (int)data->len : 4,
           data ? data->buf : "NULL");
    return s == BAD ? failed(error, WSAENOTCONN) : 0;
}

static int WSPAPI WSPSendTo(SOCKET s, LPWSABUF buffers, DWORD count, LPDWORD sent, DWORD flags,
                            const struct sockaddr *to, int to_length, LPWSAOVERLAPPED overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, LPWSATHREADID thread,
                            LPINT error)
{
    record("WSPSendTo s=%d count=%lu data=%.*s flags=%lu to=%s overlapped=%s routine=%s thread=%s",
           (int)s, count, (int)buffers->len, buffers->buf, flags, hex(to, to_length),
           given(overlapped), given(routine), given(thread));
    if (s == BAD) return failed(error, WSAEHOSTUNREACH);
    *sent = sum(buffers, count);
    return 0;
}

static int WSPAPI WSPSetSockOpt(SOCKET s, int level, int option, const char *value, int length,
                                LPINT error)
{
    record("WSPSetSockOpt s=%d level=%d option=%d value=%s", (int)s, level, option,
           hex(value, length));
    return s == BAD ? failed(error, WSAENOPROTOOPT) : 0;
}

static int WSPAPI WSPShutdown(SOCKET s, int how, LPINT error)
{
    record("WSPShutdown s=%d how=%d", (int)s, how);
    return s == BAD ? failed(error, WSAENOTCONN) : 0;
}

static SOCKET WSPAPI WSPSocket(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP g,
                               DWORD flags, LPINT error)
{
    record("WSPSocket family=%d type=%d protocol=%d entry=%ld group=%u flags=%lu", family, type,
           protocol, info ? (long)info->dwCatalogEntryId : -1, g, flags);
    if (family == 9999) {
        *error = WSAEAFNOSUPPORT;
        return INVALID_SOCKET;
    }
    return 1000;
}

static INT WSPAPI WSPStringToAddress(LPWSTR text, INT family, LPWSAPROTOCOL_INFOW info,
                                     LPSOCKADDR address, LPINT length, LPINT error)
{
    record("WSPStringToAddress %ls family=%d info=%s room=%d", text, family, given(info), *length);
    if (family != AF_INET) return failed(error, WSAEINVAL);
    put_address(address, length, 4004);
    return 0;
}

/* In the order of WSPPROC_TABLE. */
static const WSPPROC_TABLE own = {
    WSPAccept, WSPAddressToString, WSPAsyncSelect, WSPBind, WSPCancelBlockingCall,
    WSPCleanup, WSPCloseSocket, WSPConnect, WSPDuplicateSocket, WSPEnumNetworkEvents,
    WSPEventSelect, WSPGetOverlappedResult, WSPGetPeerName, WSPGetSockName, WSPGetSockOpt,
    WSPGetQOSByName, WSPIoctl, WSPJoinLeaf, WSPListen, WSPRecv, WSPRecvDisconnect,
    WSPRecvFrom, WSPSelect, WSPSend, WSPSendDisconnect, WSPSendTo, WSPSetSockOpt,
    WSPShutdown, WSPSocket, WSPStringToAddress,
};

EXPORT int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info,
                             WSPUPCALLTABLE table, LPWSPPROC_TABLE functions)
{
    record("WSPStartup version=%04x entry=%lu", version, info->dwCatalogEntryId);
    if (LOBYTE(version) < 2) return WSAVERNOTSUPPORTED;
    upcalls = table;
    started++;
    data->wVersion = data->wHighVersion = MAKEWORD(2, 2);
    wcscpy(data->szDescription, L"A provider of the tests");
    *functions = own;
    return 0;
}
