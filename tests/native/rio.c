/*
 * A provider of Registered I/O in one DLL: its table is fetched as the system's is, and what is sent
 * on a request queue arrives on the same queue. The types are those of the Windows SDK's headers,
 * which mingw-w64 does not have.
 */
#include <winsock2.h>
#include <windows.h>

#include <stdlib.h>

#include "record.h"

typedef struct RIO_BUFFERID_t *RIO_BUFFERID;
typedef struct completion_queue *RIO_CQ;
typedef struct request_queue *RIO_RQ;

#define RIO_INVALID_BUFFERID ((RIO_BUFFERID)(ULONG_PTR)0xFFFFFFFF)
#define RIO_EVENT_COMPLETION 1
#define RIO_IOCP_COMPLETION 2
#define RIO_MSG_COMMIT_ONLY 8
#define RIO_CORRUPT_CQ 0xFFFFFFFF
#ifndef SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER
#define SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER _WSAIORW(IOC_WS2, 36)
#endif

static const GUID multiple_rio = {
    0x8509e081, 0x96dd, 0x4005, {0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f}};

typedef struct {
    LONG Status;
    ULONG BytesTransferred;
    ULONGLONG SocketContext;
    ULONGLONG RequestContext;
} RIORESULT;

typedef struct {
    RIO_BUFFERID BufferId;
    ULONG Offset;
    ULONG Length;
} RIO_BUF;

typedef struct {
    int Type;
    union {
        struct {
            HANDLE EventHandle;
            BOOL NotifyReset;
        } Event;
        struct {
            HANDLE IocpHandle;
            PVOID CompletionKey;
            PVOID Overlapped;
        } Iocp;
    };
} RIO_NOTIFICATION_COMPLETION;

struct completion_queue {
    DWORD size;
    RIO_NOTIFICATION_COMPLETION notification;
    int armed;
    RIORESULT results[64];
    unsigned first, count;
};

struct request {
    int pending;
    RIO_BUF data, remote, flags;
    void *context;
};

struct request_queue {
    RIO_RQ next;
    SOCKET socket;
    ULONG most_receives, most_sends;
    RIO_CQ receive_cq, send_cq;
    void *context;
    struct request receive;
};

static RIO_RQ request_queues;

static struct {
    char *memory;
    DWORD length;
} buffers[16];

/* The memory of a piece of a registered buffer; NULL where it is none. */
static char *piece(const RIO_BUF *buf)
{
    ULONG_PTR index = (ULONG_PTR)buf->BufferId - 1;
    if (index >= 16 || !buffers[index].memory) return NULL;
    if (buf->Offset > buffers[index].length) return NULL;
    if (buf->Length > buffers[index].length - buf->Offset) return NULL;
    return buffers[index].memory + buf->Offset;
}

static void signal_queue(RIO_CQ cq)
{
    RIO_NOTIFICATION_COMPLETION *to = &cq->notification;
    cq->armed = 0;
    if (to->Type == RIO_EVENT_COMPLETION) SetEvent(to->Event.EventHandle);
    if (to->Type == RIO_IOCP_COMPLETION)
        PostQueuedCompletionStatus(
            to->Iocp.IocpHandle, cq->count, (ULONG_PTR)to->Iocp.CompletionKey, to->Iocp.Overlapped);
}

static void complete(RIO_CQ cq, RIO_RQ rq, LONG status, ULONG bytes, void *context)
{
    RIORESULT *result = &cq->results[(cq->first + cq->count++) % 64];
    result->Status = status;
    result->BytesTransferred = bytes;
    result->SocketContext = (ULONG_PTR)rq->context;
    result->RequestContext = (ULONG_PTR)context;
    if (cq->armed) signal_queue(cq);
}

static BOOL refuse(int code)
{
    WSASetLastError(code);
    return FALSE;
}

static BOOL receive_into(RIO_RQ rq, const RIO_BUF *data, ULONG count, const RIO_BUF *remote,
                         const RIO_BUF *flags, void *context)
{
    if (count != 1 || !piece(data)) return refuse(WSAEINVAL);
    if (rq->receive.pending) return refuse(WSAENOBUFS);
    rq->receive.pending = 1;
    rq->receive.data = *data;
    memset(&rq->receive.remote, 0, sizeof rq->receive.remote);
    memset(&rq->receive.flags, 0, sizeof rq->receive.flags);
    if (remote) rq->receive.remote = *remote;
    if (flags) rq->receive.flags = *flags;
    rq->receive.context = context;
    return TRUE;
}

static BOOL send_from(RIO_RQ rq, const RIO_BUF *data, ULONG count, const RIO_BUF *remote,
                      void *context)
{
    const char *from = count == 1 ? piece(data) : NULL;
    struct request *to = &rq->receive;
    ULONG bytes;
    if (!from) return refuse(WSAEINVAL);
    if (!to->pending) return refuse(WSAENOTCONN);
    bytes = data->Length < to->data.Length ? data->Length : to->data.Length;
    memcpy(piece(&to->data), from, bytes);
    if (remote && piece(remote) && piece(&to->remote))
        memcpy(piece(&to->remote), piece(remote),
               remote->Length < to->remote.Length ? remote->Length : to->remote.Length);
    if (piece(&to->flags)) *(DWORD *)piece(&to->flags) = MSG_PARTIAL;
    to->pending = 0;
    complete(rq->send_cq, rq, 0, data->Length, context);
    complete(rq->receive_cq, rq, bytes < data->Length ? WSAEMSGSIZE : 0, bytes, to->context);
    return TRUE;
}

static BOOL PASCAL RIOReceive(RIO_RQ rq, RIO_BUF *data, ULONG count, DWORD flags, PVOID context)
{
    if (flags & RIO_MSG_COMMIT_ONLY) {
        record("RIOReceive commits");
        return data || count ? refuse(WSAEINVAL) : TRUE;
    }
    record("RIOReceive offset=%lu length=%lu count=%lu flags=%lu context=%p", data->Offset,
           data->Length, count, flags, context);
    return receive_into(rq, data, count, NULL, NULL, context);
}

/* Where a piece is, for records. */
static const char *place(const RIO_BUF *buf, char text[12])
{
    if (!buf) return "NULL";
    sprintf(text, "%lu", buf->Offset);
    return text;
}

static int PASCAL RIOReceiveEx(RIO_RQ rq, RIO_BUF *data, ULONG count, RIO_BUF *local,
                               RIO_BUF *remote, RIO_BUF *control, RIO_BUF *out_flags, DWORD flags,
                               PVOID context)
{
    char text[4][12];
    record("RIOReceiveEx offset=%lu length=%lu count=%lu local=%s remote=%s control=%s out=%s "
           "flags=%lu context=%p",
           data->Offset, data->Length, count, place(local, text[0]), place(remote, text[1]),
           place(control, text[2]), place(out_flags, text[3]), flags, context);
    return receive_into(rq, data, count, remote, out_flags, context);
}

static BOOL PASCAL RIOSend(RIO_RQ rq, RIO_BUF *data, ULONG count, DWORD flags, PVOID context)
{
    if (flags & RIO_MSG_COMMIT_ONLY) {
        record("RIOSend commits");
        return data || count ? refuse(WSAEINVAL) : TRUE;
    }
    record("RIOSend offset=%lu length=%lu count=%lu flags=%lu context=%p", data->Offset,
           data->Length, count, flags, context);
    return send_from(rq, data, count, NULL, context);
}

static BOOL PASCAL RIOSendEx(RIO_RQ rq, RIO_BUF *data, ULONG count, RIO_BUF *local, RIO_BUF *remote,
                             RIO_BUF *control, RIO_BUF *in_flags, DWORD flags, PVOID context)
{
    record("RIOSendEx offset=%lu length=%lu count=%lu local=%s remote=%lu control=%s in=%s "
           "flags=%lu context=%p",
           data->Offset, data->Length, count, local ? "given" : "NULL", remote->Offset,
           control ? "given" : "NULL", in_flags ? "given" : "NULL", flags, context);
    return send_from(rq, data, count, remote, context);
}

static VOID PASCAL RIOCloseCompletionQueue(RIO_CQ cq)
{
    record("RIOCloseCompletionQueue count=%u", cq->count);
    free(cq);
}

static RIO_CQ PASCAL RIOCreateCompletionQueue(DWORD size, RIO_NOTIFICATION_COMPLETION *how)
{
    RIO_CQ cq;
    if (size == 0 || size > 64) return (RIO_CQ)(ULONG_PTR)refuse(WSAEINVAL);
    cq = calloc(1, sizeof *cq);
    cq->size = size;
    if (how) cq->notification = *how;
    if (!how) record("RIOCreateCompletionQueue size=%lu NULL", size);
    else if (how->Type == RIO_EVENT_COMPLETION)
        record("RIOCreateCompletionQueue size=%lu event reset=%d", size, how->Event.NotifyReset);
    else
        record("RIOCreateCompletionQueue size=%lu port key=%p", size, how->Iocp.CompletionKey);
    return cq;
}

static RIO_RQ PASCAL RIOCreateRequestQueue(SOCKET s, ULONG receives, ULONG receive_buffers,
                                           ULONG sends, ULONG send_buffers, RIO_CQ receive_cq,
                                           RIO_CQ send_cq, PVOID context)
{
    RIO_RQ rq;
    record("RIOCreateRequestQueue socket=%lu receives=%lu/%lu sends=%lu/%lu same=%d context=%p",
           (unsigned long)s, receives, receive_buffers, sends, send_buffers, receive_cq == send_cq,
           context);
    if (s == INVALID_SOCKET) return (RIO_RQ)(ULONG_PTR)refuse(WSAENOTSOCK);
    rq = calloc(1, sizeof *rq);
    rq->next = request_queues;
    request_queues = rq;
    rq->socket = s;
    rq->most_receives = receives;
    rq->most_sends = sends;
    rq->receive_cq = receive_cq;
    rq->send_cq = send_cq;
    rq->context = context;
    return rq;
}

static ULONG PASCAL RIODequeueCompletion(RIO_CQ cq, RIORESULT *results, ULONG size)
{
    ULONG taken = 0;
    if (!cq) return RIO_CORRUPT_CQ;
    for (; taken < size && cq->count > 0; taken++, cq->count--) {
        results[taken] = cq->results[cq->first];
        cq->first = (cq->first + 1) % 64;
    }
    record("RIODequeueCompletion size=%lu taken=%lu", size, taken);
    return taken;
}

static VOID PASCAL RIODeregisterBuffer(RIO_BUFFERID id)
{
    record("RIODeregisterBuffer %lu", (unsigned long)(ULONG_PTR)id);
    buffers[(ULONG_PTR)id - 1].memory = NULL;
}

static INT PASCAL RIONotify(RIO_CQ cq)
{
    record("RIONotify count=%u", cq->count);
    if (cq->armed) return WSAEALREADY;
    cq->armed = 1;
    if (cq->count > 0) signal_queue(cq);
    return 0;
}

static RIO_BUFFERID PASCAL RIORegisterBuffer(PCHAR memory, DWORD length)
{
    ULONG_PTR index;
    record("RIORegisterBuffer length=%lu first=%02x", length, memory ? (unsigned char)*memory : 0);
    for (index = 0; index < 16 && buffers[index].memory; index++) continue;
    if (index == 16 || !memory || length == 0) {
        WSASetLastError(index == 16 ? WSAENOBUFS : WSAEFAULT);
        return RIO_INVALID_BUFFERID;
    }
    buffers[index].memory = memory;
    buffers[index].length = length;
    return (RIO_BUFFERID)(index + 1);
}

static BOOL PASCAL RIOResizeCompletionQueue(RIO_CQ cq, DWORD size)
{
    record("RIOResizeCompletionQueue %lu to %lu", cq->size, size);
    if (size < cq->count) return refuse(WSAEINVAL);
    cq->size = size;
    return TRUE;
}

static BOOL PASCAL RIOResizeRequestQueue(RIO_RQ rq, DWORD receives, DWORD sends)
{
    record("RIOResizeRequestQueue %lu/%lu to %lu/%lu", rq->most_receives, rq->most_sends, receives,
           sends);
    if (receives < (DWORD)rq->receive.pending) return refuse(WSAEINVAL);
    rq->most_receives = receives;
    rq->most_sends = sends;
    return TRUE;
}

/* The order is that of RIO_EXTENSION_FUNCTION_TABLE in the SDK. */
static const struct {
    DWORD cbSize;
    const void *functions[13];
} table = {
    sizeof table,
    {RIOReceive, RIOReceiveEx, RIOSend, RIOSendEx, RIOCloseCompletionQueue,
     RIOCreateCompletionQueue, RIOCreateRequestQueue, RIODequeueCompletion, RIODeregisterBuffer,
     RIONotify, RIORegisterBuffer, RIOResizeCompletionQueue, RIOResizeRequestQueue},
};

/* Answers as WSAIoctl does for a socket of a provider that has Registered I/O. */
EXPORT int WSAAPI RioIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_length, LPVOID out,
                           DWORD out_length, LPDWORD returned, LPWSAOVERLAPPED overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    record("RioIoctl socket=%lu in=%lu out=%lu%s%s", (unsigned long)s, in_length, out_length,
           overlapped ? " overlapped" : "", routine ? " routine" : "");
    if (code != SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER || in_length != sizeof(GUID) ||
        memcmp(in, &multiple_rio, sizeof(GUID)) != 0) {
        WSASetLastError(WSAEOPNOTSUPP);
        return SOCKET_ERROR;
    }
    if (out_length < sizeof table) {
        WSASetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    memcpy(out, &table, sizeof table);
    *returned = sizeof table;
    return 0;
}

/* Ends what is pending on a socket, as the system does when the socket is closed. */
EXPORT int EndRequests(SOCKET s, LONG status)
{
    int ended = 0;
    RIO_RQ rq;
    for (rq = request_queues; rq; rq = rq->next) {
        if (rq->socket != s || !rq->receive.pending) continue;
        rq->receive.pending = 0;
        complete(rq->receive_cq, rq, status, 0, rq->receive.context);
        ended++;
    }
    return ended;
}

/* A byte of a registered buffer, as the provider sees it. */
EXPORT int PeekBuffer(RIO_BUFFERID id, ULONG offset)
{
    return (unsigned char)buffers[(ULONG_PTR)id - 1].memory[offset];
}
