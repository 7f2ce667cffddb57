/*
 * A network that changes while a program runs: an interface that is not there at first comes when a test
 * says so, and goes again. Programs are told by SIO_ADDRESS_LIST_CHANGE.
 */
#include "as-windows.h"

#include <iphlpapi.h>

static ULONG(WINAPI *wine_adapters)(ULONG, ULONG, void *, IP_ADAPTER_ADDRESSES *, ULONG *);

static volatile LONG present;
static struct {
    struct known *known;
    OVERLAPPED *overlapped;
} told[16];

/* The first interface with IPv4 that is not the loopback comes (1) or goes (0). */
__declspec(dllexport) int SetInterfacePresent(int is_present)
{
    present = is_present;
    for (size_t i = 0; i < COUNT(told); i++) {
        OVERLAPPED *overlapped = told[i].overlapped;
        told[i].overlapped = NULL;
        if (overlapped && known_already(told[i].known->socket)) {
            complete(told[i].known, overlapped, STATUS_OK, 0);
        }
    }
    return 0;
}

BOOL address_change(struct known *known, DWORD code, OVERLAPPED *overlapped, int *result)
{
    if (!on(ADDRESS_CHANGE) || code != SIO_ADDRESS_LIST_CHANGE || !overlapped) return FALSE;
    for (size_t i = 0; i < COUNT(told); i++) {
        if (told[i].overlapped) continue;
        told[i].known = known;
        told[i].overlapped = overlapped;
        overlapped->Internal = PENDING_STATUS;
        WSASetLastError(WSA_IO_PENDING);
        *result = SOCKET_ERROR;
        return TRUE;
    }
    return FALSE;
}

/* Ends what waits for a change of the network on a socket that is closed; `only` NULL for all of it. */
BOOL end_address_change(struct known *known, OVERLAPPED *only)
{
    BOOL found = FALSE;
    for (size_t i = 0; i < COUNT(told); i++) {
        OVERLAPPED *overlapped = told[i].overlapped;
        if (!overlapped || told[i].known != known || (only && only != overlapped)) continue;
        told[i].overlapped = NULL;
        complete(known, overlapped, CANCELLED, 0);
        found = TRUE;
    }
    return found;
}

static BOOL comes_and_goes(const IP_ADAPTER_ADDRESSES *one)
{
    if (one->IfType == IF_TYPE_SOFTWARE_LOOPBACK) return FALSE;
    const IP_ADAPTER_UNICAST_ADDRESS *address = one->FirstUnicastAddress;
    while (address && address->Address.lpSockaddr->sa_family != AF_INET) address = address->Next;
    return address != NULL;
}

static ULONG WINAPI my_adapters(ULONG family, ULONG flags, void *reserved,
                                IP_ADAPTER_ADDRESSES *list, ULONG *bytes)
{
    ULONG result = wine_adapters(family, flags, reserved, list, bytes);
    if (result != 0 || present || !list) return result;
    for (IP_ADAPTER_ADDRESSES *one = list, *before = NULL; one; before = one, one = one->Next) {
        if (!comes_and_goes(one)) continue;
        if (before) before->Next = one->Next;
        else if (one->Next) *one = *one->Next;
        break;
    }
    return result;
}

void install_changes(void)
{
    if (!on(ADDRESS_CHANGE)) return;
    wine_adapters = replace("iphlpapi.dll", "GetAdaptersAddresses", my_adapters);
}
