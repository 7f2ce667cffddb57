/*
 * Extension functions of a provider, for what Wine lacks or has finished before it returns. They take
 * the parameters of the true ones and end as those do: by the packet of their OVERLAPPED.
 */
#include <winsock2.h>
#include <mswsock.h>
#include <windows.h>

#include <stdlib.h>

#include "record.h"

#define MOST_ELEMENTS 16

static int read_part(const TRANSMIT_PACKETS_ELEMENT *element, WSABUF *buffer)
{
    LARGE_INTEGER size, offset = element->nFileOffset;
    DWORD length = element->cLength, bytes = 0;
    if (!GetFileSizeEx(element->hFile, &size)) return 0;
    if (length == 0) length = (DWORD)(size.QuadPart - offset.QuadPart);
    if (!SetFilePointerEx(element->hFile, offset, NULL, FILE_BEGIN)) return 0;
    buffer->buf = malloc(length);
    if (!ReadFile(element->hFile, buffer->buf, length, &bytes, NULL)) return 0;
    buffer->len = bytes;
    return 1;
}

/* TransmitPackets, by WSASend. The memory of the caller is sent from where it is. */
static BOOL WINAPI send_packets(SOCKET s, LPTRANSMIT_PACKETS_ELEMENT elements, DWORD count,
                                DWORD send_size, LPOVERLAPPED overlapped, DWORD flags)
{
    WSABUF buffers[MOST_ELEMENTS];
    DWORD i;
    record("TransmitPackets count=%lu size=%lu flags=%lu", count, send_size, flags);
    for (i = 0; i < count && i < MOST_ELEMENTS; i++) {
        const TRANSMIT_PACKETS_ELEMENT *element = &elements[i];
        record("flags=%lu length=%lu", element->dwElFlags, element->cLength);
        if (element->dwElFlags & TP_ELEMENT_MEMORY) {
            buffers[i].buf = element->pBuffer;
            buffers[i].len = element->cLength;
        } else if (!read_part(element, &buffers[i])) {
            WSASetLastError(WSAEINVAL);
            return FALSE;
        }
    }
    return WSASend(s, buffers, count, NULL, 0, overlapped, NULL) == 0;
}

/* DisconnectEx whose end the peer decides: it waits until the peer sends or ends. */
static BOOL WINAPI disconnect(SOCKET s, LPOVERLAPPED overlapped, DWORD flags, DWORD reserved)
{
    static WSABUF nothing;
    DWORD received_flags = 0;
    record("DisconnectEx flags=%lu reserved=%lu", flags, reserved);
    return WSARecv(s, &nothing, 1, NULL, &received_flags, overlapped, NULL) == 0;
}

EXPORT void *TransmitPacketsPointer(void)
{
    return send_packets;
}

EXPORT void *DisconnectExPointer(void)
{
    return disconnect;
}
