/*
 * Traffic control as its callers see it: every function writes down what it was given and answers
 * something that shows up in JavaScript. The prototypes are those of the Windows headers.
 */
#include <winsock2.h>
#include <windows.h>
#include <qos.h>
#include <ntddndis.h>
#include <traffic.h>

#include "record.h"

/* The headers declare the functions for callers. */
#pragma clang diagnostic ignored "-Wdll-attribute-on-redeclaration"

static TCI_CLIENT_FUNC_LIST handlers;
static HANDLE client_context;

EXPORT ULONG WINAPI TcRegisterClient(ULONG version, HANDLE context, PTCI_CLIENT_FUNC_LIST list,
                                     PHANDLE client)
{
    record("TcRegisterClient %lu %p", version, context);
    handlers = *list;
    client_context = context;
    *client = (HANDLE)(ULONG_PTR)0xc11e;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcDeregisterClient(HANDLE client)
{
    record("TcDeregisterClient %p", client);
    return NO_ERROR;
}

/* Two interfaces, each followed by its names. */
EXPORT ULONG WINAPI TcEnumerateInterfaces(HANDLE client, PULONG size, PTC_IFC_DESCRIPTOR buffer)
{
    static const WCHAR *names[] = {L"first", L"the second"};
    const ULONG room = sizeof(TC_IFC_DESCRIPTOR) + 64;
    char *at = (char *)buffer;
    if (*size < 2 * room) {
        *size = 2 * room;
        return ERROR_INSUFFICIENT_BUFFER;
    }
    record("TcEnumerateInterfaces %p", client);
    for (int i = 0; i < 2; i++, at += room) {
        TC_IFC_DESCRIPTOR *one = (TC_IFC_DESCRIPTOR *)at;
        WCHAR *name = (WCHAR *)(one + 1);
        memset(one, 0, sizeof *one);
        one->Length = room;
        wcscpy(name, names[i]);
        one->pInterfaceName = name;
        one->pInterfaceID = name;
        one->AddressListDesc.MediaType = 10 + i;
    }
    *size = 2 * room;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcOpenInterfaceA(LPSTR name, HANDLE client, HANDLE context, PHANDLE interface_)
{
    record("TcOpenInterfaceA %s %p %p", name, client, context);
    *interface_ = (HANDLE)(ULONG_PTR)0x1fca;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcOpenInterfaceW(LPWSTR name, HANDLE client, HANDLE context, PHANDLE interface_)
{
    record("TcOpenInterfaceW %ls %p %p", name, client, context);
    *interface_ = (HANDLE)(ULONG_PTR)0x1fc;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcCloseInterface(HANDLE interface_)
{
    record("TcCloseInterface %p", interface_);
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcQueryInterface(HANDLE interface_, LPGUID what, BOOLEAN notify, PULONG size,
                                     PVOID buffer)
{
    record("TcQueryInterface %p %08lx %d %lu", interface_, what->Data1, notify, *size);
    *(ULONG *)buffer = 0xfeed;
    *size = sizeof(ULONG);
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcSetInterface(HANDLE interface_, LPGUID what, ULONG size, PVOID buffer)
{
    record("TcSetInterface %p %08lx %lu %lx", interface_, what->Data1, size, *(ULONG *)buffer);
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcQueryFlowA(LPSTR name, LPGUID what, PULONG size, PVOID buffer)
{
    record("TcQueryFlowA %s %08lx %lu", name, what->Data1, *size);
    *(ULONG *)buffer = 0xa;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcQueryFlowW(LPWSTR name, LPGUID what, PULONG size, PVOID buffer)
{
    record("TcQueryFlowW %ls %08lx %lu", name, what->Data1, *size);
    *(ULONG *)buffer = 0xb;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcSetFlowA(LPSTR name, LPGUID what, ULONG size, PVOID buffer)
{
    record("TcSetFlowA %s %08lx %lu %lx", name, what->Data1, size, *(ULONG *)buffer);
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcSetFlowW(LPWSTR name, LPGUID what, ULONG size, PVOID buffer)
{
    record("TcSetFlowW %ls %08lx %lu %lx", name, what->Data1, size, *(ULONG *)buffer);
    return NO_ERROR;
}

/* The flow is made later, and the client is told. */
EXPORT ULONG WINAPI TcAddFlow(HANDLE interface_, HANDLE context, ULONG flags, PTC_GEN_FLOW flow,
                              PHANDLE handle)
{
    record("TcAddFlow %p %p %lx %lu %lu %lu", interface_, context, flags,
           flow->SendingFlowspec.TokenRate, flow->ReceivingFlowspec.ServiceType,
           flow->TcObjectsLength);
    *handle = (HANDLE)(ULONG_PTR)0xf10;
    handlers.ClAddFlowCompleteHandler(context, ERROR_NETWORK_UNREACHABLE);
    return ERROR_SIGNAL_PENDING;
}

EXPORT ULONG WINAPI TcModifyFlow(HANDLE handle, PTC_GEN_FLOW flow)
{
    record("TcModifyFlow %p %lu", handle, flow->SendingFlowspec.PeakBandwidth);
    handlers.ClModifyFlowCompleteHandler(handle, NO_ERROR);
    return ERROR_SIGNAL_PENDING;
}

EXPORT ULONG WINAPI TcDeleteFlow(HANDLE handle)
{
    record("TcDeleteFlow %p", handle);
    handlers.ClDeleteFlowCompleteHandler(handle, NO_ERROR);
    return ERROR_SIGNAL_PENDING;
}

EXPORT ULONG WINAPI TcGetFlowNameA(HANDLE handle, ULONG size, LPSTR name)
{
    record("TcGetFlowNameA %p %lu", handle, size);
    if (size < 6) return ERROR_INSUFFICIENT_BUFFER;
    strcpy(name, "flowA");
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcGetFlowNameW(HANDLE handle, ULONG size, LPWSTR name)
{
    record("TcGetFlowNameW %p %lu", handle, size);
    if (size < 6) return ERROR_INSUFFICIENT_BUFFER;
    wcscpy(name, L"flowW");
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcAddFilter(HANDLE handle, PTC_GEN_FILTER filter, PHANDLE result)
{
    IP_PATTERN *pattern = filter->Pattern;
    IP_PATTERN *mask = filter->Mask;
    record("TcAddFilter %p %u %lu %lx %u %u %lx", handle, filter->AddressType, filter->PatternSize,
           pattern->DstAddr, pattern->tcDstPort, pattern->ProtocolId, mask->DstAddr);
    *result = (HANDLE)(ULONG_PTR)0xf117;
    return NO_ERROR;
}

EXPORT ULONG WINAPI TcDeleteFilter(HANDLE filter)
{
    record("TcDeleteFilter %p", filter);
    return NO_ERROR;
}

/* Three flows, two at a time; each has its flow behind it. */
EXPORT ULONG WINAPI TcEnumerateFlows(HANDLE interface_, PHANDLE position, PULONG count, PULONG size,
                                     PENUMERATION_BUFFER buffer)
{
    const ULONG room = sizeof(ENUMERATION_BUFFER) + sizeof(TC_GEN_FLOW);
    ULONG_PTR next = (ULONG_PTR)*position;
    ULONG given = 0;
    char *at = (char *)buffer;
    if (*size < 2 * room) {
        *size = 2 * room;
        return ERROR_INSUFFICIENT_BUFFER;
    }
    record("TcEnumerateFlows %p %lu %lu", interface_, (ULONG)next, *count);
    for (; next < 3 && given < 2 && given < *count; next++, given++, at += room) {
        ENUMERATION_BUFFER *one = (ENUMERATION_BUFFER *)at;
        memset(one, 0, room);
        one->Length = room;
        one->OwnerProcessId = 500 + (ULONG)next;
        wsprintfW(one->FlowName, L"flow %d", (int)next);
        one->FlowNameLength = 6;
        one->pFlow = (TC_GEN_FLOW *)(one + 1);
        one->pFlow->SendingFlowspec.TokenRate = 9000 + (ULONG)next;
    }
    *position = (HANDLE)next;
    *count = given;
    return NO_ERROR;
}

/* Tells the client of an event of an interface. */
EXPORT void Notify(ULONG event, ULONG_PTR subject)
{
    ULONG value = 0xabc;
    handlers.ClNotifyHandler(client_context, (HANDLE)(ULONG_PTR)7, event, (HANDLE)subject,
                             sizeof value, &value);
}
