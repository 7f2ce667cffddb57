/*
 * A program that uses a transport provider by its table, as ws2_32.dll does, and writes down what each
 * of the 30 functions answers: result, error code, what it wrote.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <ws2spi.h>

#include "record.h"

static WSPPROC_TABLE table;

static int port_of(const struct sockaddr_storage *name)
{
    return ntohs(((const struct sockaddr_in *)name)->sin_port);
}

static void WSPAPI routine(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD flags)
{
    record("routine error=%lu bytes=%lu offset=%lu flags=%lu", error, bytes, overlapped->Offset,
           flags);
}

static int CALLBACK condition(LPWSABUF caller, LPWSABUF caller_data, LPQOS sqos, LPQOS gqos,
                              LPWSABUF callee, LPWSABUF callee_data, GROUP *group,
                              DWORD_PTR context)
{
    (void)caller_data, (void)sqos, (void)gqos, (void)callee, (void)callee_data, (void)group;
    record("condition caller=%.*s context=%d", (int)caller->len, caller->buf, (int)context);
    return CF_ACCEPT;
}

/* Calls everything for one socket. All functions of the provider are to fail for socket 0xbad. */
static void drive(SOCKET s)
{
    int error, result, length;
    DWORD count, flags;
    struct sockaddr_in name = {0};
    struct sockaddr_storage got;
    char first[8], second[8];
    WSABUF out[2] = {{5, "first"}, {6, "second"}}, in[2] = {{4, first}, {8, second}};
    WSABUF text = {4, "text"};
    WSAOVERLAPPED overlapped = {0};
    WSATHREADID thread = {(HANDLE)21, 22};
    WSAPROTOCOL_INFOW info = {0};
    WSANETWORKEVENTS events = {0};
    QOS qos = {0};
    fd_set read, write;
    struct timeval timeout = {1, 500000};
    WCHAR string[32];
    SOCKET made;

    name.sin_family = AF_INET;
    name.sin_port = htons(4660);
    name.sin_addr.s_addr = htonl(0x01020304);
    overlapped.Offset = 55;
    info.dwCatalogEntryId = 66;
    qos.SendingFlowspec.TokenRate = 8000;

    /* Clears what is written, calls, and writes down result and error code. */
#define CALL(format, call, ...)                                                                    \
    do {                                                                                           \
        error = 0, count = 0, flags = 0, length = sizeof got;                                      \
        memset(&got, 0, sizeof got), memset(first, 0, 8), memset(second, 0, 8);                    \
        result = (int)(call);                                                                      \
        record(format, result, error, ##__VA_ARGS__);                                              \
    } while (0)
#define NAME (struct sockaddr *)&name, sizeof name
#define GOT (struct sockaddr *)&got, &length

    CALL("WSPAccept %d/%d port=%d length=%d",
         table.lpWSPAccept(s, GOT, condition, 9, &error), port_of(&got), length);
    string[0] = 0, count = 32;
    error = 0;
    flags = 32;
    result = table.lpWSPAddressToString(NAME, &info, string, &flags, &error);
    record("WSPAddressToString %d/%d %ls length=%lu", result, error, string, flags);
    CALL("WSPAsyncSelect %d/%d", table.lpWSPAsyncSelect(s, (HWND)11, 12, 13, &error));
    CALL("WSPBind %d/%d", table.lpWSPBind(s, NAME, &error));
    CALL("WSPCancelBlockingCall %d/%d", table.lpWSPCancelBlockingCall(&error));
    CALL("WSPConnect %d/%d",
         table.lpWSPConnect(s, NAME, &text, NULL, &qos, NULL, &error));
    CALL("WSPDuplicateSocket %d/%d entry=%lu", table.lpWSPDuplicateSocket(s, 14, &info, &error),
         info.dwCatalogEntryId);
    CALL("WSPEnumNetworkEvents %d/%d events=%ld code=%d",
         table.lpWSPEnumNetworkEvents(s, (WSAEVENT)15, &events, &error), events.lNetworkEvents,
         events.iErrorCode[FD_READ_BIT]);
    CALL("WSPEventSelect %d/%d", table.lpWSPEventSelect(s, (WSAEVENT)16, 17, &error));
    CALL("WSPGetOverlappedResult %d/%d bytes=%lu flags=%lu",
         table.lpWSPGetOverlappedResult(s, &overlapped, &count, TRUE, &flags, &error), count,
         flags);
    CALL("WSPGetPeerName %d/%d port=%d", table.lpWSPGetPeerName(s, GOT, &error), port_of(&got));
    CALL("WSPGetSockName %d/%d port=%d", table.lpWSPGetSockName(s, GOT, &error), port_of(&got));
    length = 8;
    error = 0;
    result = table.lpWSPGetSockOpt(s, 18, 19, first, &length, &error);
    record("WSPGetSockOpt %d/%d value=%d length=%d", result, error, *(int *)first, length);
    CALL("WSPGetQOSByName %d/%d rate=%lu", table.lpWSPGetQOSByName(s, &text, &qos, &error),
         qos.SendingFlowspec.TokenRate);
    CALL("WSPIoctl %d/%d out=%.8s bytes=%lu",
         table.lpWSPIoctl(s, SIO_FLUSH, "in", 2, first, 8, &count, NULL, NULL, &thread, &error),
         first, count);
    CALL("WSPJoinLeaf %d/%d",
         table.lpWSPJoinLeaf(s, NAME, NULL, &text, NULL, &qos, JL_BOTH, &error));
    CALL("WSPListen %d/%d", table.lpWSPListen(s, 20, &error));
    CALL("WSPRecv %d/%d data=%.4s%.8s bytes=%lu flags=%lu",
         table.lpWSPRecv(s, in, 2, &count, &flags, NULL, NULL, NULL, &error), first, second, count,
         flags);
    CALL("WSPRecv overlapped %d/%d",
         table.lpWSPRecv(s, in, 1, &count, &flags, &overlapped, routine, &thread, &error));
    in[0].len = 4;
    CALL("WSPRecvDisconnect %d/%d data=%.4s", table.lpWSPRecvDisconnect(s, in, &error), first);
    CALL("WSPRecvFrom %d/%d data=%.4s bytes=%lu port=%d",
         table.lpWSPRecvFrom(s, in, 1, &count, &flags, GOT, NULL, NULL, NULL, &error), first, count,
         port_of(&got));
    read.fd_count = 2, read.fd_array[0] = s, read.fd_array[1] = 6;
    write.fd_count = 1, write.fd_array[0] = 7;
    CALL("WSPSelect %d/%d read=%u write=%u",
         table.lpWSPSelect(0, &read, &write, NULL, &timeout, &error), read.fd_count,
         write.fd_count);
    CALL("WSPSend %d/%d bytes=%lu",
         table.lpWSPSend(s, out, 2, &count, MSG_OOB, NULL, NULL, NULL, &error), count);
    CALL("WSPSendDisconnect %d/%d", table.lpWSPSendDisconnect(s, &text, &error));
    CALL("WSPSendTo %d/%d bytes=%lu",
         table.lpWSPSendTo(s, out, 1, &count, 0, NAME, NULL, NULL, NULL, &error), count);
    CALL("WSPSetSockOpt %d/%d", table.lpWSPSetSockOpt(s, 21, 22, "\x07\0\0\0", 4, &error));
    CALL("WSPShutdown %d/%d", table.lpWSPShutdown(s, SD_BOTH, &error));
    error = 0;
    made = table.lpWSPSocket(s == 0xbad ? 9999 : AF_INET, SOCK_STREAM, IPPROTO_TCP, &info, 23, 24,
                             &error);
    record("WSPSocket %d/%d", (int)made, error);
    CALL("WSPStringToAddress %d/%d port=%d",
         table.lpWSPStringToAddress(L"1.2.3.4:5", s == 0xbad ? AF_INET6 : AF_INET, NULL, GOT,
                                    &error),
         port_of(&got));
    CALL("WSPCloseSocket %d/%d", table.lpWSPCloseSocket(s, &error));
}

static BOOL WSPAPI set_event(WSAEVENT event, LPINT error)
{
    (void)error;
    record("upcall WSPSetEvent %d", (int)(INT_PTR)event);
    return TRUE;
}

static SOCKET WSPAPI create_handle(DWORD entry, DWORD_PTR context, LPINT error)
{
    record("upcall WPUCreateSocketHandle %lu %d", entry, (int)context);
    *error = WSAENOBUFS;
    return INVALID_SOCKET;
}

/* Starts a provider, and writes down what it says of itself. */
EXPORT int Start(LPWSPSTARTUP startup, WORD version)
{
    WSPDATA data;
    WSAPROTOCOL_INFOW info = {0};
    WSPUPCALLTABLE upcalls = {0};
    int result;
    memset(&data, 0xff, sizeof data);
    upcalls.lpWPUSetEvent = set_event;
    upcalls.lpWPUCreateSocketHandle = create_handle;
    info.dwCatalogEntryId = 1234;
    memset(&table, 0, sizeof table);
    result = startup(version, &data, &info, upcalls, &table);
    if (result == 0)
        record("started version=%04x highest=%04x %ls table=%d", data.wVersion, data.wHighVersion,
               data.szDescription, table.lpWSPStringToAddress != NULL);
    return result;
}

EXPORT void UseTable(const WSPPROC_TABLE *given)
{
    table = *given;
}

EXPORT void Drive(SOCKET s)
{
    drive(s);
}

static DWORD WINAPI drive_thread(LPVOID s)
{
    drive((SOCKET)s);
    return 0;
}

/* The same from a thread of the host's own. */
EXPORT void DriveOnThread(SOCKET s)
{
    HANDLE thread = CreateThread(NULL, 0, drive_thread, (LPVOID)s, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

EXPORT int Cleanup(LPINT error)
{
    return table.lpWSPCleanup(error);
}
