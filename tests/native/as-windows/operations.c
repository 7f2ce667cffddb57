/* The ends of overlapped calls: packets of completion ports, results, cancelling. */
#include "as-windows.h"

static BOOL(WINAPI *wine_dequeue)(HANDLE, DWORD *, ULONG_PTR *, OVERLAPPED **, DWORD);
static BOOL(WINAPI *wine_dequeue_all)(HANDLE, OVERLAPPED_ENTRY *, ULONG, ULONG *, DWORD, BOOL);
static BOOL(WINAPI *wine_result)(SOCKET, OVERLAPPED *, DWORD *, BOOL, DWORD *);
static BOOL(WINAPI *wine_handle_result)(HANDLE, OVERLAPPED *, DWORD *, BOOL);
static HANDLE(WINAPI *wine_create_port)(HANDLE, HANDLE, ULONG_PTR, DWORD);
static BOOL(WINAPI *wine_set_modes)(HANDLE, UCHAR);
static BOOL(WINAPI *wine_cancel)(HANDLE, OVERLAPPED *);
static BOOL(WINAPI *wine_close_handle)(HANDLE);
static ULONG(WINAPI *status_to_error)(LONG);

/* More datagrams of the same peer and length are put behind the first one. */
static DWORD coalesce(const struct operation *operation, DWORD first)
{
    struct known *known = known_already(operation->socket);
    if (!on(COALESCED) || !known || !known->coalesced || first == 0) return first;
    DWORD room = operation->buffer.len, most = known->coalesced;
    DWORD filled = first;
    while (filled + first <= room && filled + first <= most) {
        WSAPOLLFD poll = {operation->socket, POLLRDNORM, 0};
        if (WSAPoll(&poll, 1, 0) != 1) break;
        char *place = operation->buffer.buf + filled;
        char peeked[65536];
        int length = recv(operation->socket, peeked, sizeof peeked, MSG_PEEK);
        /* A shorter one is the last of its train. */
        if (length <= 0 || (DWORD)length > first) break;
        recv(operation->socket, place, length, 0);
        filled += length;
        if ((DWORD)length < first) break;
    }
    if (operation->message) add_coalesced_info(operation->message, operation->control_room, first);
    return filled;
}

/* What it ended with is changed where Windows ends it otherwise; FALSE where it is not known. */
BOOL settle(OVERLAPPED *overlapped, DWORD *bytes)
{
    struct operation operation;
    if (!overlapped || !end(overlapped, &operation)) return FALSE;
    DWORD status = (DWORD)overlapped->Internal;
    struct known *known = known_already(operation.socket);
    if (operation.status) {
        overlapped->Internal = operation.status;
        overlapped->InternalHigh = operation.bytes;
        if (operation.status == PORT_UNREACHABLE && known && operation.name) {
            take_unreachable(known, operation.name, operation.name_bytes);
        }
    } else if (operation.kind == RECEIVE || operation.kind == RECEIVE_MESSAGE) {
        if (known && status == CONNECTION_RESET && known->sent_to_closed) {
            overlapped->Internal = CONNECTION_ABORTED;
        } else if (known && status == STATUS_OK && known->type == SOCK_STREAM &&
                   overlapped->InternalHigh == 0 && operation.buffer.len > 0) {
            known->peer_ended = TRUE;
        } else if (known && status == STATUS_OK && known->type == SOCK_DGRAM) {
            overlapped->InternalHigh = coalesce(&operation, (DWORD)overlapped->InternalHigh);
        }
    } else if (operation.kind == ACCEPT && status == STATUS_OK && known && known->is_unix) {
        unix_accept_addresses(&operation);
    }
    if (operation.wake) CloseHandle(operation.wake);
    if (operation.done) CloseHandle(operation.done);
    if (bytes) *bytes = (DWORD)overlapped->InternalHigh;
    return TRUE;
}

void complete(struct known *known, OVERLAPPED *overlapped, DWORD status, DWORD bytes)
{
    overlapped->Internal = status;
    overlapped->InternalHigh = bytes;
    struct operation *operation = begin(COMPLETED, known->socket, overlapped);
    operation->status = status;
    operation->bytes = bytes;
    HANDLE event = (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
    if (event) SetEvent(event);
    if (known->port && event == overlapped->hEvent) {
        PostQueuedCompletionStatus(known->port, bytes, known->key, overlapped);
    }
}

static BOOL WINAPI dequeue(HANDLE port, DWORD *bytes, ULONG_PTR *key, OVERLAPPED **overlapped,
                           DWORD milliseconds)
{
    BOOL result = wine_dequeue(port, bytes, key, overlapped, milliseconds);
    DWORD error = GetLastError();
    if (!*overlapped) {
        SetLastError(error);
        return result;
    }
    BOOL is_own = settle(*overlapped, bytes);
    DWORD status = (DWORD)(*overlapped)->Internal;
    SetLastError(is_own && status ? status_to_error(status) : error);
    return is_own ? (LONG)status >= 0 : result;
}

static BOOL WINAPI dequeue_all(HANDLE port, OVERLAPPED_ENTRY *entries, ULONG most, ULONG *count,
                               DWORD milliseconds, BOOL alertable)
{
    BOOL result = wine_dequeue_all(port, entries, most, count, milliseconds, alertable);
    DWORD error = GetLastError();
    for (ULONG i = 0; result && i < *count; i++) {
        settle(entries[i].lpOverlapped, &entries[i].dwNumberOfBytesTransferred);
    }
    SetLastError(error);
    return result;
}

static BOOL WINAPI socket_result(SOCKET socket, OVERLAPPED *overlapped, DWORD *bytes, BOOL wait,
                                 DWORD *flags)
{
    if (!wine_result(socket, overlapped, bytes, wait, flags) &&
        WSAGetLastError() == WSA_IO_INCOMPLETE) {
        return FALSE;
    }
    settle(overlapped, bytes);
    return wine_result(socket, overlapped, bytes, FALSE, flags);
}

static BOOL WINAPI handle_result(HANDLE handle, OVERLAPPED *overlapped, DWORD *bytes, BOOL wait)
{
    if (!wine_handle_result(handle, overlapped, bytes, wait) &&
        GetLastError() == ERROR_IO_INCOMPLETE) {
        return FALSE;
    }
    settle(overlapped, bytes);
    return wine_handle_result(handle, overlapped, bytes, FALSE);
}

static HANDLE WINAPI create_port(HANDLE handle, HANDLE port, ULONG_PTR key, DWORD threads)
{
    struct known *socket = on(REPLACE_PORT) && handle != INVALID_HANDLE_VALUE ? know((SOCKET)handle) : NULL;
    if (socket) return relayed_port(socket, port, key, wine_create_port);
    HANDLE result = wine_create_port(handle, port, key, threads);
    DWORD error = GetLastError();
    if (result && handle != INVALID_HANDLE_VALUE) {
        struct known *known = know((SOCKET)handle);
        if (known) {
            known->port = result;
            known->key = key;
        }
    }
    SetLastError(error);
    return result;
}

static BOOL WINAPI set_modes(HANDLE handle, UCHAR flags)
{
    BOOL result = wine_set_modes(handle, flags);
    DWORD error = GetLastError();
    struct known *known = know((SOCKET)handle);
    if (result && known) {
        known->skips_packets = (flags & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) != 0;
    }
    SetLastError(error);
    return result;
}

BOOL original_cancel(SOCKET socket, OVERLAPPED *overlapped)
{
    return wine_cancel((HANDLE)socket, overlapped);
}

struct cancelling {
    OVERLAPPED *wanted;
    OVERLAPPED *found[64];
    size_t count;
    BOOL late;
    BOOL of_file;
};

static void look(struct operation *operation, void *context)
{
    struct cancelling *cancelling = context;
    BOOL meant = !cancelling->wanted || operation->overlapped == cancelling->wanted;
    if (meant && operation->kind == SEND_FILE && on(CANCELLED_FILE)) {
        operation->status = CONNECTION_ABORTED;
        cancelling->of_file = TRUE;
    }
    /* A connect that has not begun yet is begun now, and ends as cancelled. */
    if (meant && operation->wake) {
        operation->status = CANCELLED;
        SetEvent(operation->wake);
        cancelling->late = TRUE;
    }
    if (operation->kind == RECEIVE && cancelling->count < COUNT(cancelling->found)) {
        cancelling->found[cancelling->count++] = operation->overlapped;
    }
}

static BOOL WINAPI cancel(HANDLE handle, OVERLAPPED *overlapped)
{
    SOCKET socket = (SOCKET)handle;
    struct known *known = known_already(socket);
    /* A layer has the operations below it, where the system does not see them under this handle. */
    if (known && on(LAYERED)) {
        SetLastError(ERROR_NOT_FOUND);
        return FALSE;
    }
    if (known && end_address_change(known, overlapped)) return TRUE;
    struct cancelling cancelling = {overlapped};
    each_operation(socket, look, &cancelling);
    BOOL result = wine_cancel(handle, overlapped) || cancelling.late;
    DWORD error = GetLastError();
    if (cancelling.of_file) shutdown(socket, SD_BOTH);
    if (result && overlapped && on(CANCEL_ALL) && known && known->type == SOCK_STREAM) {
        BOOL is_receive = FALSE;
        for (size_t i = 0; i < cancelling.count; i++) {
            if (cancelling.found[i] == overlapped) is_receive = TRUE;
        }
        for (size_t i = 0; is_receive && i < cancelling.count; i++) {
            if (cancelling.found[i] != overlapped) wine_cancel(handle, cancelling.found[i]);
        }
    }
    SetLastError(error);
    return result;
}

static BOOL WINAPI close_handle(HANDLE handle)
{
    forget((SOCKET)handle);
    return wine_close_handle(handle);
}

void install_operations(void)
{
    status_to_error =
        (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "RtlNtStatusToDosError");
    wine_dequeue = replace("kernel32.dll", "GetQueuedCompletionStatus", dequeue);
    wine_dequeue_all = replace("kernel32.dll", "GetQueuedCompletionStatusEx", dequeue_all);
    wine_result = replace("ws2_32.dll", "WSAGetOverlappedResult", socket_result);
    wine_handle_result = replace("kernel32.dll", "GetOverlappedResult", handle_result);
    wine_create_port = replace("kernel32.dll", "CreateIoCompletionPort", create_port);
    wine_set_modes = replace("kernel32.dll", "SetFileCompletionNotificationModes", set_modes);
    wine_cancel = replace("kernel32.dll", "CancelIoEx", cancel);
    wine_close_handle = replace("kernel32.dll", "CloseHandle", close_handle);
}
