/*
 * Name space providers of both versions, which write down what they are given, and a program that
 * uses the table of one and writes down what it answers.
 */
#include <winsock2.h>
#include <ws2spi.h>

#include "record.h"

#define LOOKUP ((HANDLE)0x5150)

static int started, sessions, results_left;

static int failed(int code)
{
    WSASetLastError(code);
    return SOCKET_ERROR;
}

static INT WSAAPI NSPCleanup(LPGUID id)
{
    record("NSPCleanup %08lx", id->Data1);
    if (started == 0) return failed(WSANOTINITIALISED);
    started--;
    return 0;
}

static INT WSAAPI NSPLookupServiceBegin(LPGUID id, LPWSAQUERYSETW query,
                                        LPWSASERVICECLASSINFOW class_info, DWORD flags,
                                        LPHANDLE lookup)
{
    record("NSPLookupServiceBegin %08lx name=%ls size=%lu class=%ls flags=%lx", id->Data1,
           query->lpszServiceInstanceName, query->dwSize,
           class_info ? class_info->lpszServiceClassName : L"NULL", flags);
    if (!query->lpszServiceInstanceName) return failed(WSAEINVAL);
    results_left = 2;
    *lookup = LOOKUP;
    return 0;
}

/* A result is the record and, behind it in the caller's memory, its name. */
static int answer(WSAQUERYSETW *result, LPDWORD length, const WCHAR *name)
{
    DWORD needed = sizeof *result + (DWORD)(wcslen(name) + 1) * sizeof(WCHAR);
    WCHAR *text = (WCHAR *)(result + 1);
    if (*length < needed) {
        *length = needed;
        return failed(WSAEFAULT);
    }
    memset(result, 0, sizeof *result);
    result->dwSize = sizeof *result;
    result->dwNameSpace = NS_ALL + 77;
    result->lpszServiceInstanceName = text;
    wcscpy(text, name);
    return 0;
}

static INT WSAAPI NSPLookupServiceNext(HANDLE lookup, DWORD flags, LPDWORD length,
                                       LPWSAQUERYSETW result)
{
    int code;
    record("NSPLookupServiceNext %d flags=%lx length=%lu", lookup == LOOKUP, flags, *length);
    if (results_left == 0) return failed(WSA_E_NO_MORE);
    code = answer(result, length, results_left == 2 ? L"first service" : L"second");
    if (code == 0) results_left--;
    return code;
}

static INT WSAAPI NSPLookupServiceEnd(HANDLE lookup)
{
    record("NSPLookupServiceEnd %d", lookup == LOOKUP);
    return lookup == LOOKUP ? 0 : failed(WSA_INVALID_HANDLE);
}

static INT WSAAPI NSPSetService(LPGUID id, LPWSASERVICECLASSINFOW class_info, LPWSAQUERYSETW info,
                                WSAESETSERVICEOP operation, DWORD flags)
{
    record("NSPSetService %08lx class=%s name=%ls operation=%d flags=%lx", id->Data1,
           class_info ? "given" : "NULL", info->lpszServiceInstanceName, operation, flags);
    return operation == RNRSERVICE_DELETE ? failed(WSASERVICE_NOT_FOUND) : 0;
}

static INT WSAAPI NSPInstallServiceClass(LPGUID id, LPWSASERVICECLASSINFOW info)
{
    record("NSPInstallServiceClass %08lx %ls count=%lu first=%ls value=%lu", id->Data1,
           info->lpszServiceClassName, info->dwCount, info->lpClassInfos->lpszName,
           *(DWORD *)info->lpClassInfos->lpValue);
    return 0;
}

static INT WSAAPI NSPRemoveServiceClass(LPGUID id, LPGUID class_id)
{
    record("NSPRemoveServiceClass %08lx %08lx", id->Data1, class_id->Data1);
    return failed(WSATYPE_NOT_FOUND);
}

static INT WSAAPI NSPGetServiceClassInfo(LPGUID id, LPDWORD size, LPWSASERVICECLASSINFOW info)
{
    record("NSPGetServiceClassInfo %08lx size=%lu", id->Data1, *size);
    if (*size < sizeof *info) {
        *size = sizeof *info;
        return failed(WSAEFAULT);
    }
    memset(info, 0, sizeof *info);
    info->dwCount = 12;
    return 0;
}

static INT WSAAPI NSPIoctl(HANDLE lookup, DWORD code, LPVOID in, DWORD in_length, LPVOID out,
                           DWORD out_length, LPDWORD returned, LPWSACOMPLETION completion,
                           LPWSATHREADID thread)
{
    record("NSPIoctl %d code=%lx in=%.*s out=%lu completion=%s thread=%s", lookup == LOOKUP, code,
           (int)in_length, (char *)in, out_length, completion ? "given" : "NULL",
           thread ? "given" : "NULL");
    if (completion) return failed(WSA_IO_PENDING);
    memset(out, 0x31, out_length);
    *returned = out_length;
    return 0;
}

static const NSP_ROUTINE routines = {
    sizeof routines,       1,
    5,                     NSPCleanup,
    NSPLookupServiceBegin, NSPLookupServiceNext,
    NSPLookupServiceEnd,   NSPSetService,
    NSPInstallServiceClass, NSPRemoveServiceClass,
    NSPGetServiceClassInfo, NSPIoctl,
};

EXPORT INT WSAAPI NSPStartup(LPGUID id, LPNSP_ROUTINE table)
{
    record("NSPStartup %08lx size=%lu", id->Data1, table->cbSize);
    if (id->Data1 == 0) return failed(WSAEINVALIDPROVIDER);
    *table = routines;
    started++;
    return 0;
}

/* The SDK has these three without a result; mingw-w64's types say int, and nobody reads it. */
static INT WSAAPI NSPv2LookupServiceNextEx(HANDLE call, HANDLE lookup, DWORD flags, LPDWORD length,
                                           LPWSAQUERYSET2W result)
{
    record("NSPv2LookupServiceNextEx call=%d %d flags=%lx length=%lu", (int)(INT_PTR)call,
           lookup == LOOKUP, flags, *length);
    memset(result, 0, sizeof *result);
    result->dwSize = sizeof *result;
    result->dwNameSpace = 78;
    return 0;
}

static INT WSAAPI NSPv2SetServiceEx(HANDLE call, LPGUID id, LPWSAQUERYSET2W info,
                                    WSAESETSERVICEOP operation, DWORD flags, LPVOID session)
{
    record("NSPv2SetServiceEx call=%d %08lx name=%ls operation=%d flags=%lx session=%d",
           (int)(INT_PTR)call, id->Data1, info->lpszServiceInstanceName, operation, flags,
           *(int *)session);
    return 0;
}

static INT WSAAPI NSPv2ClientSessionRundown(LPGUID id, LPVOID session)
{
    record("NSPv2ClientSessionRundown %08lx session=%d", id->Data1, *(int *)session);
    return 0;
}

static INT WSAAPI NSPv2Startup(LPGUID id, LPVOID *session)
{
    static int number = 40;
    record("NSPv2Startup %08lx", id->Data1);
    if (id->Data1 == 0) return failed(WSAEINVALIDPROVIDER);
    number++;
    *session = &number;
    sessions++;
    return 0;
}

static INT WSAAPI NSPv2Cleanup(LPGUID id, LPVOID session)
{
    record("NSPv2Cleanup %08lx session=%d", id->Data1, *(int *)session);
    if (sessions == 0) return failed(WSANOTINITIALISED);
    sessions--;
    return 0;
}

static INT WSAAPI NSPv2LookupServiceBegin(LPGUID id, LPWSAQUERYSET2W query, DWORD flags,
                                          LPVOID session, LPHANDLE lookup)
{
    record("NSPv2LookupServiceBegin %08lx name=%ls flags=%lx session=%d", id->Data1,
           query->lpszServiceInstanceName, flags, *(int *)session);
    *lookup = LOOKUP;
    return 0;
}

static const NSPV2_ROUTINE routines_v2 = {
    sizeof routines_v2,
    2,
    6,
    NSPv2Startup,
    NSPv2Cleanup,
    NSPv2LookupServiceBegin,
    NSPv2LookupServiceNextEx,
    NSPLookupServiceEnd,
    NSPv2SetServiceEx,
    NSPv2ClientSessionRundown,
};

/* What the provider would give to WSAAdvertiseProvider. */
EXPORT const NSPV2_ROUTINE *RoutinesV2(void)
{
    return &routines_v2;
}

static GUID id = {0x12345678, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};

/* Writes down a result and, where it says failure, the last error; success leaves it undefined. */
#define CALL(name, call)                                                                           \
    do {                                                                                           \
        int answered;                                                                              \
        WSASetLastError(0);                                                                        \
        answered = call;                                                                           \
        record(name " %d/%d", answered, answered ? WSAGetLastError() : 0);                                        \
    } while (0)

/* Uses a provider of version 1 from its startup on. */
EXPORT void Use(LPNSPSTARTUP startup, DWORD size)
{
    struct {
        NSP_ROUTINE table;
        DWORD guard;
    } room;
    NSP_ROUTINE *table = &room.table;
    WSAQUERYSETW query = {0};
    WSASERVICECLASSINFOW class_info = {0};
    WSANSCLASSINFOW value = {0};
    GUID class_id = {0xabcdef01, 0, 0, {0}};
    char memory[256], out[4] = {0};
    WSAQUERYSETW *result = (WSAQUERYSETW *)memory;
    DWORD number = 99, length = 256;
    HANDLE lookup = NULL;

    memset(&room, 0xee, sizeof room);
    table->cbSize = size;
    CALL("NSPStartup", startup(&id, table));
    record("table size=%lu version=%lu.%lu ioctl=%d guard=%lx", table->cbSize,
           table->dwMajorVersion, table->dwMinorVersion,
           (UINT_PTR)table->NSPIoctl != (UINT_PTR)0xeeeeeeeeeeeeeeeeULL, room.guard);
    if (size < FIELD_OFFSET(NSP_ROUTINE, NSPIoctl)) return;

    value.lpszName = L"TcpPort";
    value.dwNameSpace = NS_DNS;
    value.dwValueType = REG_DWORD;
    value.dwValueSize = sizeof number;
    value.lpValue = &number;
    class_info.lpServiceClassId = &class_id;
    class_info.lpszServiceClassName = L"a class";
    class_info.dwCount = 1;
    class_info.lpClassInfos = &value;
    query.dwSize = sizeof query;
    query.lpszServiceInstanceName = L"a name";

    CALL("NSPInstallServiceClass", table->NSPInstallServiceClass(&id, &class_info));
    CALL("NSPGetServiceClassInfo", table->NSPGetServiceClassInfo(&id, &length, &class_info));
    record("size=%lu count=%lu", length, class_info.dwCount);
    CALL("NSPLookupServiceBegin",
         table->NSPLookupServiceBegin(&id, &query, &class_info, LUP_RETURN_NAME, &lookup));
    record("lookup=%d", (int)(INT_PTR)lookup);
    length = 256;
    CALL("NSPLookupServiceNext", table->NSPLookupServiceNext(lookup, 0, &length, result));
    record("name=%ls space=%lu", result->lpszServiceInstanceName, result->dwNameSpace);
    CALL("NSPLookupServiceNext", table->NSPLookupServiceNext(lookup, 0, &length, result));
    CALL("NSPLookupServiceEnd", table->NSPLookupServiceEnd(lookup));
    CALL("NSPSetService",
         table->NSPSetService(&id, NULL, &query, RNRSERVICE_REGISTER, SERVICE_MULTIPLE));
    CALL("NSPRemoveServiceClass", table->NSPRemoveServiceClass(&id, &class_id));
    if (size >= sizeof *table) {
        CALL("NSPIoctl", table->NSPIoctl(lookup, 17, "in", 2, out, 4, &length, NULL, NULL));
        record("out=%.4s length=%lu", out, length);
    }
    CALL("NSPCleanup", table->NSPCleanup(&id));
}

/* Uses a provider of version 2 by its table. */
EXPORT void UseV2(const NSPV2_ROUTINE *table)
{
    WSAQUERYSET2W query = {0}, result = {0};
    LPVOID session = NULL;
    HANDLE lookup = NULL;
    DWORD length = sizeof result;

    record("table size=%lu version=%lu.%lu", table->cbSize, table->dwMajorVersion,
           table->dwMinorVersion);
    query.dwSize = sizeof query;
    query.lpszServiceInstanceName = L"a name";
    CALL("NSPv2Startup", table->NSPv2Startup(&id, &session));
    record("session=%d", (int)(INT_PTR)session);
    CALL("NSPv2LookupServiceBegin",
         table->NSPv2LookupServiceBegin(&id, &query, LUP_DEEP, session, &lookup));
    record("lookup=%d", (int)(INT_PTR)lookup);
    table->NSPv2LookupServiceNextEx((HANDLE)31, lookup, 0, &length, &result);
    record("space=%lu", result.dwNameSpace);
    CALL("NSPv2LookupServiceEnd", table->NSPv2LookupServiceEnd(lookup));
    table->NSPv2SetServiceEx((HANDLE)32, &id, &query, RNRSERVICE_REGISTER, 0, session);
    table->NSPv2ClientSessionRundown(&id, session);
    CALL("NSPv2Cleanup", table->NSPv2Cleanup(&id, session));
}
