/*
 * Socket addresses of the families that Wine has no transport for, and multicast requests that it has
 * no option for, as C code reads and fills them.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <af_irda.h>
#include <afunix.h>
#include <atalkwsh.h>
#include <hvsocket.h>
#include <ws2atm.h>
#include <ws2bth.h>
#include <wsipx.h>
#include <wsnetbs.h>

#include "record.h"

/* Newer than the headers. */
#ifndef AF_HYPERV
#define AF_HYPERV 34
#endif

static const GUID SERIAL_PORT = {0x1101, 0, 0x1000, {0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb}};

static const char *hex(const void *memory, size_t length)
{
    static char texts[4][128];
    static unsigned next;
    char *text = texts[next++ % 4];
    for (size_t i = 0; i < length; i++) sprintf(text + 2 * i, "%02x", ((const BYTE *)memory)[i]);
    return text;
}

/* Writes down what an address says. */
EXPORT void Describe(const SOCKADDR *address, int length)
{
    switch (address->sa_family) {
    case AF_UNIX: {
        const SOCKADDR_UN *un = (const void *)address;
        record("unix %d %s", length, un->sun_path);
        break;
    }
    case AF_BTH: {
        const SOCKADDR_BTH *bth = (const void *)address;
        record("bluetooth %d %012llx %s %lu", length, bth->btAddr, hex(&bth->serviceClassId, 16),
               bth->port);
        break;
    }
    case AF_IRDA: {
        const SOCKADDR_IRDA *irda = (const void *)address;
        record("irda %d %s %s", length, hex(irda->irdaDeviceID, 4), irda->irdaServiceName);
        break;
    }
    case AF_IPX: {
        const SOCKADDR_IPX *ipx = (const void *)address;
        record("ipx %d %s %s %u", length, hex(ipx->sa_netnum, 4), hex(ipx->sa_nodenum, 6),
               ntohs(ipx->sa_socket));
        break;
    }
    case AF_APPLETALK: {
        const SOCKADDR_AT *at = (const void *)address;
        record("appletalk %d %u.%u.%u", length, at->sat_net, at->sat_node, at->sat_socket);
        break;
    }
    case AF_NETBIOS: {
        const SOCKADDR_NB *nb = (const void *)address;
        record("netbios %d %d %s", length, nb->snb_type, hex(nb->snb_name, NETBIOS_NAME_LENGTH));
        break;
    }
    case AF_ATM: {
        const sockaddr_atm *atm = (const void *)address;
        record("atm %d %lu %lu %s blli=%lu,%lu bhli=%lu", length, atm->satm_number.AddressType,
               atm->satm_number.NumofDigits, hex(atm->satm_number.Addr, ATM_ADDR_SIZE),
               atm->satm_blli.Layer2Protocol, atm->satm_blli.Layer3Protocol,
               atm->satm_bhli.HighLayerInfoType);
        break;
    }
    case AF_HYPERV: {
        const SOCKADDR_HV *hv = (const void *)address;
        record("hyperv %d %s %s", length, hex(&hv->VmId, 16), hex(&hv->ServiceId, 16));
        break;
    }
    default:
        record("family %u", address->sa_family);
    }
}

/* Fills in an address of a family; gives its length, 0 for an unknown family. */
EXPORT int Make(int family, void *memory)
{
    switch (family) {
    case AF_UNIX: {
        SOCKADDR_UN un = {.sun_family = AF_UNIX, .sun_path = "C:\\made in C.sock"};
        memcpy(memory, &un, sizeof un);
        return sizeof un;
    }
    case AF_BTH: {
        SOCKADDR_BTH bth = {AF_BTH, 0x665544332211ull, SERIAL_PORT, 17};
        memcpy(memory, &bth, sizeof bth);
        return sizeof bth;
    }
    case AF_IRDA: {
        SOCKADDR_IRDA irda = {AF_IRDA, {9, 8, 7, 6}, "OBEX:IrXfer"};
        memcpy(memory, &irda, sizeof irda);
        return sizeof irda;
    }
    case AF_IPX: {
        SOCKADDR_IPX ipx = {AF_IPX, {0, 1, 2, 3}, {10, 11, 12, 13, 14, 15}, htons(0x4003)};
        memcpy(memory, &ipx, sizeof ipx);
        return sizeof ipx;
    }
    case AF_APPLETALK: {
        SOCKADDR_AT at = {AF_APPLETALK, 65280, 128, 254};
        memcpy(memory, &at, sizeof at);
        return sizeof at;
    }
    case AF_NETBIOS: {
        SOCKADDR_NB nb;
        SET_NETBIOS_SOCKADDR(&nb, NETBIOS_GROUP_NAME, "WORKGROUP", 0x1e);
        memcpy(memory, &nb, sizeof nb);
        return sizeof nb;
    }
    case AF_ATM: {
        sockaddr_atm atm = {.satm_family = AF_ATM};
        atm.satm_number.AddressType = ATM_E164;
        atm.satm_number.NumofDigits = 3;
        memcpy(atm.satm_number.Addr, "123", 3);
        atm.satm_blli.Layer2Protocol = SAP_FIELD_ABSENT;
        atm.satm_bhli.HighLayerInfoType = SAP_FIELD_ANY;
        memcpy(memory, &atm, sizeof atm);
        return sizeof atm;
    }
    case AF_HYPERV: {
        SOCKADDR_HV hv = {.Family = AF_HYPERV, .VmId = SERIAL_PORT};
        hv.ServiceId.Data1 = 5000;
        memcpy(memory, &hv, sizeof hv);
        return sizeof hv;
    }
    default:
        return 0;
    }
}

static const char *address_text(const SOCKADDR_STORAGE *address)
{
    static char texts[2][INET6_ADDRSTRLEN];
    static unsigned next;
    char *text = texts[next++ % 2];
    const void *bytes = address->ss_family == AF_INET6
                            ? (const void *)&((const SOCKADDR_IN6 *)address)->sin6_addr
                            : (const void *)&((const SOCKADDR_IN *)address)->sin_addr;
    inet_ntop(address->ss_family, bytes, text, INET6_ADDRSTRLEN);
    return text;
}

/* setsockopt of a provider that has the protocol-independent multicast options (RFC 3678). */
EXPORT int WSAAPI SetMulticastOption(SOCKET s, int level, int option, const char *value, int length)
{
    switch (option) {
    case MCAST_JOIN_GROUP:
    case MCAST_LEAVE_GROUP: {
        const GROUP_REQ *group = (const void *)value;
        if (length != sizeof *group) break;
        record("%d:%d if=%lu group=%s", level, option, group->gr_interface,
               address_text(&group->gr_group));
        return 0;
    }
    case MCAST_JOIN_SOURCE_GROUP:
    case MCAST_LEAVE_SOURCE_GROUP:
    case MCAST_BLOCK_SOURCE:
    case MCAST_UNBLOCK_SOURCE: {
        const GROUP_SOURCE_REQ *group = (const void *)value;
        if (length != sizeof *group) break;
        record("%d:%d if=%lu group=%s source=%s", level, option, group->gsr_interface,
               address_text(&group->gsr_group), address_text(&group->gsr_source));
        return 0;
    }
    }
    WSASetLastError(WSAENOPROTOOPT);
    return SOCKET_ERROR;
}
