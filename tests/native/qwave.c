/*
 * qWAVE as its callers see it: every function writes down what it was given and answers something that
 * shows up in JavaScript. The prototypes are those of the Windows headers.
 */
#include <winsock2.h>
#include <windows.h>
#include <qos2.h>

#include "record.h"

/* The headers declare the functions for callers. */
#pragma clang diagnostic ignored "-Wdll-attribute-on-redeclaration"

static unsigned port(const SOCKADDR *address)
{
    return address ? ntohs(((const SOCKADDR_IN *)address)->sin_port) : 0;
}

EXPORT WINBOOL WINAPI QOSCreateHandle(PQOS_VERSION version, PHANDLE handle)
{
    record("QOSCreateHandle %u %u", version->MajorVersion, version->MinorVersion);
    if (version->MajorVersion != 1) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    *handle = (HANDLE)(ULONG_PTR)0x5105;
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSCloseHandle(HANDLE handle)
{
    record("QOSCloseHandle %p", handle);
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSAddSocketToFlow(HANDLE handle, SOCKET s, PSOCKADDR to,
                                         QOS_TRAFFIC_TYPE type, DWORD flags, PQOS_FLOWID flow)
{
    record("QOSAddSocketToFlow %p %u %u %d %lx %lu", handle, (unsigned)s, port(to), type, flags, *flow);
    *flow = 77;
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSRemoveSocketFromFlow(HANDLE handle, SOCKET s, QOS_FLOWID flow, DWORD flags)
{
    record("QOSRemoveSocketFromFlow %p %u %lu %lx", handle, (unsigned)s, flow, flags);
    return TRUE;
}

/* More flows than a small buffer holds. */
EXPORT WINBOOL WINAPI QOSEnumerateFlows(HANDLE handle, PULONG size, PVOID buffer)
{
    QOS_FLOWID *flows = buffer;
    ULONG count = 100;
    if (*size < count * sizeof *flows) {
        *size = count * sizeof *flows;
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    *size = count * sizeof *flows;
    for (ULONG i = 0; i < count; i++) flows[i] = 1000 + i;
    record("QOSEnumerateFlows %p", handle);
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSSetFlow(HANDLE handle, QOS_FLOWID flow, QOS_SET_FLOW operation, ULONG size,
                                 PVOID buffer, DWORD flags, LPOVERLAPPED overlapped)
{
    QOS_FLOWRATE_OUTGOING *rate = buffer;
    record("QOSSetFlow %p %lu %d %lu %llu %d %d %lx %d", handle, flow, operation, size,
           (unsigned long long)rate->Bandwidth, rate->ShapingBehavior, rate->Reason, flags,
           overlapped != NULL);
    SetLastError(overlapped ? ERROR_IO_PENDING : 0);
    return overlapped == NULL;
}

EXPORT WINBOOL WINAPI QOSQueryFlow(HANDLE handle, QOS_FLOWID flow, QOS_QUERY_FLOW operation,
                                   PULONG size, PVOID buffer, DWORD flags, LPOVERLAPPED overlapped)
{
    QOS_FLOW_FUNDAMENTALS *facts = buffer;
    record("QOSQueryFlow %p %lu %d %lu %lx %d", handle, flow, operation, *size, flags,
           overlapped != NULL);
    facts->BottleneckBandwidthSet = TRUE;
    facts->BottleneckBandwidth = 0x123456789aull;
    facts->AvailableBandwidthSet = FALSE;
    facts->AvailableBandwidth = 7;
    facts->RTTSet = TRUE;
    facts->RTT = 42;
    *size = sizeof *facts;
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSNotifyFlow(HANDLE handle, QOS_FLOWID flow, QOS_NOTIFY_FLOW operation,
                                    PULONG size, PVOID buffer, DWORD flags, LPOVERLAPPED overlapped)
{
    record("QOSNotifyFlow %p %lu %d %lu %llu %lx %d", handle, flow, operation, *size,
           *(unsigned long long *)buffer, flags, overlapped != NULL);
    SetLastError(ERROR_IO_PENDING);
    return FALSE;
}

EXPORT WINBOOL WINAPI QOSCancel(HANDLE handle, LPOVERLAPPED overlapped)
{
    record("QOSCancel %p %lu", handle, overlapped->Offset);
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSStartTrackingClient(HANDLE handle, PSOCKADDR to, DWORD flags)
{
    record("QOSStartTrackingClient %p %u %lx", handle, port(to), flags);
    return TRUE;
}

EXPORT WINBOOL WINAPI QOSStopTrackingClient(HANDLE handle, PSOCKADDR to, DWORD flags)
{
    record("QOSStopTrackingClient %p %u %lx", handle, port(to), flags);
    return TRUE;
}
