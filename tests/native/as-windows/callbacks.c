/*
 * Changes of the network, told by threads of the system as Windows does it: Wine's functions are stubs.
 * Ending a subscription waits until a callback that is under way has returned.
 */
#include "as-windows.h"

#include <iphlpapi.h>
#include <netioapi.h>
#include <stdlib.h>

#define EACH_MILLISECONDS 20

struct subscription {
    void *callback;
    void *context;
    ADDRESS_FAMILY family;
    BOOLEAN initial;
    SIZE_T row_bytes;
    HANDLE thread;
    HANDLE stop;
};

typedef void(WINAPI *change_callback)(void *context, void *row, MIB_NOTIFICATION_TYPE type);

static DWORD WINAPI tell(void *context)
{
    struct subscription *one = context;
    BYTE row[sizeof(MIB_IPINTERFACE_ROW) + sizeof(MIB_IPFORWARD_ROW2)] = {0};
    if (one->initial) {
        ((change_callback)one->callback)(one->context, NULL, MibInitialNotification);
    }
    while (WaitForSingleObject(one->stop, EACH_MILLISECONDS) == WAIT_TIMEOUT) {
        ((change_callback)one->callback)(one->context, row, MibParameterNotification);
    }
    return 0;
}

static DWORD subscribe(ADDRESS_FAMILY family, void *callback, void *context, BOOLEAN initial,
                       HANDLE *handle)
{
    if (!callback || !handle) return ERROR_INVALID_PARAMETER;
    if (family != AF_UNSPEC && family != AF_INET && family != AF_INET6) {
        return ERROR_INVALID_PARAMETER;
    }
    struct subscription *one = calloc(1, sizeof *one);
    one->callback = callback;
    one->context = context;
    one->family = family;
    one->initial = initial;
    one->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    *handle = (HANDLE)one;
    one->thread = CreateThread(NULL, 0, tell, one, 0, NULL);
    return NO_ERROR;
}

static DWORD WINAPI notify_interface(ADDRESS_FAMILY family, PIPINTERFACE_CHANGE_CALLBACK callback,
                                     void *context, BOOLEAN initial, HANDLE *handle)
{
    return subscribe(family, callback, context, initial, handle);
}

static DWORD WINAPI notify_address(ADDRESS_FAMILY family,
                                   PUNICAST_IPADDRESS_CHANGE_CALLBACK callback, void *context,
                                   BOOLEAN initial, HANDLE *handle)
{
    return subscribe(family, callback, context, initial, handle);
}

static DWORD WINAPI notify_route(ADDRESS_FAMILY family, PIPFORWARD_CHANGE_CALLBACK callback,
                                 void *context, BOOLEAN initial, HANDLE *handle)
{
    return subscribe(family, callback, context, initial, handle);
}

static DWORD WINAPI cancel_notify(HANDLE handle)
{
    struct subscription *one = (struct subscription *)handle;
    if (!one) return ERROR_INVALID_PARAMETER;
    SetEvent(one->stop);
    /* From within its own callback nobody could wait for it. */
    if (GetCurrentThreadId() != GetThreadId(one->thread)) {
        WaitForSingleObject(one->thread, INFINITE);
    }
    CloseHandle(one->thread);
    CloseHandle(one->stop);
    free(one);
    return NO_ERROR;
}

void install_callbacks(void)
{
    if (!on(CALLBACKS)) return;
    replace("iphlpapi.dll", "NotifyIpInterfaceChange", notify_interface);
    replace("iphlpapi.dll", "NotifyUnicastIpAddressChange", notify_address);
    replace("iphlpapi.dll", "NotifyRouteChange2", notify_route);
    replace("iphlpapi.dll", "CancelMibChangeNotify2", cancel_notify);
}
