/*
 * A provider's extension function that Wine's provider lacks, and what hands out its address as WSAIoctl
 * does. It writes down what it was given; the prototypes are those of the Windows headers.
 */
#include <winsock2.h>
#include <mswsock.h>

#include "record.h"

static void record_element(const TRANSMIT_PACKETS_ELEMENT *element)
{
    if (element->dwElFlags & TP_ELEMENT_FILE) {
        record("file flags=%lx length=%lu offset=%lld handle=%p", element->dwElFlags, element->cLength,
               element->nFileOffset.QuadPart, element->hFile);
    } else {
        record("memory flags=%lx length=%lu %.*s", element->dwElFlags, element->cLength,
               (int)element->cLength, (const char *)element->pBuffer);
    }
}

static BOOL PASCAL TransmitPackets(SOCKET s, LPTRANSMIT_PACKETS_ELEMENT packets, DWORD count, DWORD size,
                                   LPOVERLAPPED overlapped, DWORD flags)
{
    record("TransmitPackets %u %lu %lu %d %lx", (unsigned)s, count, size,
           overlapped ? (int)overlapped->Offset : -1, flags);
    for (DWORD i = 0; i < count; i++) record_element(&packets[i]);
    if (!overlapped) return TRUE;
    WSASetLastError(count == 0 ? WSAEINVAL : WSA_IO_PENDING);
    return FALSE;
}

/* Answers as WSAIoctl does for a socket of a provider that has the function. */
EXPORT int WSAAPI ExtensionIoctl(SOCKET s, DWORD code, LPVOID in, DWORD in_length, LPVOID out,
                                 DWORD out_length, LPDWORD returned, LPWSAOVERLAPPED overlapped,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    static const GUID id = WSAID_TRANSMITPACKETS;
    (void)s, (void)overlapped, (void)routine;
    if (code != SIO_GET_EXTENSION_FUNCTION_POINTER || in_length != sizeof id ||
        memcmp(in, &id, sizeof id) || out_length < sizeof(LPFN_TRANSMITPACKETS)) {
        WSASetLastError(WSAEINVAL);
        return SOCKET_ERROR;
    }
    *(LPFN_TRANSMITPACKETS *)out = TransmitPackets;
    *returned = sizeof(LPFN_TRANSMITPACKETS);
    return 0;
}
