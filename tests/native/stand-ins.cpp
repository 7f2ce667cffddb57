/*
 * Stands in for every function of the DLLs: each export has the prototype that the headers give the
 * function, whatever that is, writes down what arrived, fills the memory it was given to write to, and
 * returns a number that shows up in JavaScript.
 *
 * unit.h has the headers, names.h a line STAND_IN(number, name) for each function; scripts/host/build/stand-ins.ts
 * writes them.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

static char arrived[1 << 16];
static size_t used;

/* While functions are called with nonsense, nothing is written down, and only these pointers are followed. */
static int quiet;
static unsigned long long followed;

static void put_bytes(const void *memory, size_t size)
{
    for (size_t i = 0; i < size && used + 3 < sizeof arrived; i++)
        used += snprintf(arrived + used, sizeof arrived - used, "%02x", ((const unsigned char *)memory)[i]);
}

/* What memory is filled with, after the number of the parameter. */
static int pattern(int number) { return 0x50 + number; }

template <class T> struct Argument {
    static void take(T &value, int)
    {
        if (quiet) return;
        used += snprintf(arrived + used, sizeof arrived - used, " value:");
        put_bytes(&value, sizeof value);
    }
};
template <class T> struct Argument<T *> {
    static void take(T *memory, int number)
    {
        if (quiet) return follow(memory, number);
        used += snprintf(arrived + used, sizeof arrived - used, " memory:");
        if constexpr (__is_void(T) || __is_function(T) || !requires { sizeof(T); }) {
            /* Only the address says something. */
            used += snprintf(arrived + used, sizeof arrived - used, "@%llx", (unsigned long long)memory);
        } else if (memory) {
            put_bytes((const void *)memory, sizeof(T));
            if constexpr (!__is_const(T)) memset((void *)memory, pattern(number), sizeof(T));
        }
    }
    /* Reads or writes all that the type says is there. */
    static void follow(T *memory, int number)
    {
        if (!memory || !(followed >> number & 1)) return;
        if constexpr (!__is_void(T) && !__is_function(T) && requires { sizeof(T); }) {
            if constexpr (__is_const(T)) {
                for (size_t i = 0; i < sizeof(T); i++) (void)((const volatile char *)memory)[i];
            } else {
                memset((void *)memory, pattern(number), sizeof(T));
            }
        }
    }
};

template <class R> struct Result {
    static R give()
    {
        R value;
        memset((void *)&value, 0, sizeof value);
        /* At most six bytes: what JavaScript's numbers hold. */
        memset((void *)&value, 0x21, sizeof value < 6 ? sizeof value : 6);
        return value;
    }
};
template <class T> struct Result<T *> {
    static T *give() { return 0; }
};
template <> struct Result<void> {
    static void give() {}
};

template <int, class F> struct StandIn;
template <int N, class R, class... A> struct StandIn<N, R(WINAPI *)(A...)> {
    static R WINAPI call(A... arguments)
    {
        int number = 0;
        (Argument<A>::take(arguments, number++), ...);
        return Result<R>::give();
    }
};

/* An export is a jump to it; names.def gives it the name of the function. */
#define STAND_IN(number, name)                                                               \
    extern "C" void *const target_##number = (void *)&StandIn<number, decltype(&::name)>::call; \
    extern "C" __attribute__((naked)) void stand_in_##number(void)                           \
    {                                                                                        \
        __asm__("jmpq *target_" #number "(%rip)");                                           \
    }
#include "names.h"

extern "C" __declspec(dllexport) void FollowOnly(unsigned long long pointers)
{
    quiet = 1;
    followed = pointers;
}

/* A function of any type: the caller takes the arguments off the stack. */
extern "C" __declspec(dllexport) unsigned long long Nothing(void) { return 0; }

/* The arguments of the last call. The text is good until the next one. */
extern "C" __declspec(dllexport) const char *TakeRecord(void)
{
    arrived[used] = 0;
    used = 0;
    return arrived;
}
