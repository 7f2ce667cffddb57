/* What is known of sockets and of overlapped calls, from one call to the next. */
#include "as-windows.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 1024

static SRWLOCK lock = SRWLOCK_INIT;
static struct known *sockets[PLACES];
static struct operation *operations[PLACES];

static size_t place_of(uintptr_t value)
{
    return (value >> 3) % PLACES;
}

struct known *known_already(SOCKET socket)
{
    AcquireSRWLockShared(&lock);
    struct known *one = sockets[place_of(socket)];
    while (one && one->socket != socket) one = one->next;
    ReleaseSRWLockShared(&lock);
    return one;
}

struct known *know(SOCKET socket)
{
    struct known *one = known_already(socket);
    if (one) return one;
    DWORD error = WSAGetLastError();
    int type, bytes = sizeof type;
    WSAPROTOCOL_INFOW info;
    int info_bytes = sizeof info;
    if (wine_getsockopt(socket, SOL_SOCKET, SO_TYPE, (char *)&type, &bytes) != 0 ||
        wine_getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &info_bytes) != 0) {
        WSASetLastError(error);
        return NULL;
    }
    WSASetLastError(error);
    one = calloc(1, sizeof *one);
    one->socket = socket;
    one->type = type;
    one->family = info.iAddressFamily;
    one->base = INVALID_SOCKET;
    AcquireSRWLockExclusive(&lock);
    one->next = sockets[place_of(socket)];
    sockets[place_of(socket)] = one;
    ReleaseSRWLockExclusive(&lock);
    return one;
}

/* The memory stays: another thread may be looking at it, and a test has few sockets. */
void forget(SOCKET socket)
{
    AcquireSRWLockExclusive(&lock);
    for (struct known **at = &sockets[place_of(socket)]; *at; at = &(*at)->next) {
        if ((*at)->socket != socket) continue;
        *at = (*at)->next;
        break;
    }
    ReleaseSRWLockExclusive(&lock);
}

static struct operation **find(OVERLAPPED *overlapped)
{
    struct operation **at = &operations[place_of((uintptr_t)overlapped)];
    while (*at && (*at)->overlapped != overlapped) at = &(*at)->next;
    return at;
}

struct operation *begin(enum kind kind, SOCKET socket, OVERLAPPED *overlapped)
{
    AcquireSRWLockExclusive(&lock);
    struct operation **at = find(overlapped), *one = *at;
    if (!one) {
        one = *at = calloc(1, sizeof *one);
    } else {
        struct operation *next = one->next;
        memset(one, 0, sizeof *one);
        one->next = next;
    }
    one->overlapped = overlapped;
    one->socket = socket;
    one->kind = kind;
    ReleaseSRWLockExclusive(&lock);
    return one;
}

BOOL end(OVERLAPPED *overlapped, struct operation *copy)
{
    AcquireSRWLockExclusive(&lock);
    struct operation **at = find(overlapped), *one = *at;
    if (one) {
        *copy = *one;
        *at = one->next;
        free(one);
    }
    ReleaseSRWLockExclusive(&lock);
    return one != NULL;
}

void each_operation(SOCKET socket, void (*visit)(struct operation *, void *), void *context)
{
    AcquireSRWLockExclusive(&lock);
    for (size_t i = 0; i < PLACES; i++) {
        for (struct operation *one = operations[i]; one; one = one->next) {
            if (one->socket == socket) visit(one, context);
        }
    }
    ReleaseSRWLockExclusive(&lock);
}

BOOL set_status(OVERLAPPED *overlapped, DWORD status)
{
    AcquireSRWLockExclusive(&lock);
    struct operation *one = *find(overlapped);
    if (one) one->status = status;
    ReleaseSRWLockExclusive(&lock);
    return one != NULL;
}
