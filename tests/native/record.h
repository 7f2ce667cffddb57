/* What a test's DLL writes down about a call: one line of text, taken by the test. */
#ifndef RECORD_H
#define RECORD_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __declspec(dllexport)

/* ws2spi.h declares WSPStartup and NSPStartup without saying that a DLL exports them. */
#pragma clang diagnostic ignored "-Wdll-attribute-on-redeclaration"

static char recorded[4096];

static inline void record(const char *format, ...)
{
    va_list list;
    size_t used = strlen(recorded);
    if (used > 0 && used < sizeof recorded - 1) recorded[used++] = '\n';
    va_start(list, format);
    vsnprintf(recorded + used, sizeof recorded - used, format, list);
    va_end(list);
}

/* The lines since the last time. The text is good until the next call. */
EXPORT const char *TakeRecord(void)
{
    static char taken[sizeof recorded];
    memcpy(taken, recorded, sizeof taken);
    recorded[0] = 0;
    return taken;
}

#endif
