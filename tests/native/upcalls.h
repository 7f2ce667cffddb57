/* A transport provider calling all that the program that has started it offers. */
#ifndef UPCALLS_H
#define UPCALLS_H

static WSPUPCALLTABLE upcalls;

static void WSPAPI apc(DWORD_PTR context)
{
    record("apc context=%d", (int)context);
}

/* Calls all upcalls that WSPStartup was given, and writes down what they answer. */
EXPORT void CallUpcalls(HWND window)
{
    int error = 0, result, length = 4;
    WCHAR path[4];
    DWORD_PTR context = 1;
    LPBLOCKINGCALLBACK blocking = (LPBLOCKINGCALLBACK)1;
    WSATHREADID thread = {0};
    GUID none = {0};
    fd_set set;
    WSAEVENT event = upcalls.lpWPUCreateEvent(&error);
    SOCKET s;

    record("WPUCreateEvent %s", given(event));
    result = upcalls.lpWPUSetEvent(event, &error);
    record("WPUSetEvent %d wait=%lu", result, WaitForSingleObject(event, 0));
    result = upcalls.lpWPUResetEvent(event, &error);
    record("WPUResetEvent %d wait=%lu", result, WaitForSingleObject(event, 0));
    record("WPUCloseEvent %d", upcalls.lpWPUCloseEvent(event, &error));
    error = 0;
    result = upcalls.lpWPUCloseEvent((WSAEVENT)(INT_PTR)0x7ffffff0, &error);
    record("WPUCloseEvent again %d error=%d", result, error);

    s = upcalls.lpWPUCreateSocketHandle(1001, 4711, &error);
    record("WPUCreateSocketHandle %d", s != INVALID_SOCKET && s != 0);
    result = upcalls.lpWPUQuerySocketHandleContext(s, &context, &error);
    record("WPUQuerySocketHandleContext %d context=%d", result, (int)context);
    record("WPUCloseSocketHandle %d", upcalls.lpWPUCloseSocketHandle(s, &error));
    result = upcalls.lpWPUCloseSocketHandle(s, &error);
    record("WPUCloseSocketHandle again %d error=%d", result, error);
    record("WPUModifyIFSHandle %d", (int)upcalls.lpWPUModifyIFSHandle(1001, 88, &error));

    set.fd_count = 1;
    set.fd_array[0] = 5;
    record("WPUFDIsSet %d %d", upcalls.lpWPUFDIsSet(5, &set), upcalls.lpWPUFDIsSet(6, &set));
    result = upcalls.lpWPUQueryBlockingCallback(1001, &blocking, &context, &error);
    record("WPUQueryBlockingCallback %d %s context=%d", result, given(blocking), (int)context);
    record("WPUOpenCurrentThread %d", upcalls.lpWPUOpenCurrentThread(&thread, &error));
    record("WPUQueueApc %d", upcalls.lpWPUQueueApc(&thread, apc, 99, &error));
    SleepEx(0, TRUE);
    record("WPUCloseThread %d", upcalls.lpWPUCloseThread(&thread, &error));
    record("WPUPostMessage %d", upcalls.lpWPUPostMessage(window, WM_USER + 1, 2, 3));
    result = upcalls.lpWPUGetProviderPath(&none, path, &length, &error);
    record("WPUGetProviderPath %d", result);
}

#endif
