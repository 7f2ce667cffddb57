/* The way in: what load.mjs calls. */
#include "as-windows.h"

#include <stdio.h>

/* Switches differences on, once in a process; FALSE where a name is unknown. */
static BOOL answer_as_windows(const char *differences)
{
    static LONG installed;
    if (InterlockedExchange(&installed, 1)) return TRUE;
    if (!read_switches(differences)) return FALSE;
    /* It stays, though whoever has loaded it may be done with it: others call it. */
    HMODULE own;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       (const char *)answer_as_windows, &own);
    /* Options first: the others ask for them. */
    install_options();
    install_sockets();
    install_connect();
    install_receive();
    install_operations();
    install_callbacks();
    install_lookup();
    install_handles();
    install_services();
    install_messages();
    install_changes();
    /* As for the last: everything up to here may be asked on which system it is. */
    if (on(NOT_WINE)) rename_export("ntdll.dll", "wine_get_version", "wine_get_versiom");
    return TRUE;
}

/*
 * Called by process.dlopen, as of an addon that exports nothing: what else could load a DLL has settings
 * that are fixed by its first use, which is to be the program's own.
 */
__declspec(dllexport) void *napi_register_module_v1(void *env, void *exports)
{
    (void)env;
    char differences[1024];
    DWORD length = GetEnvironmentVariableA("WINSOCK_AS_WINDOWS", differences, sizeof differences);
    if (length == 0 || length >= sizeof differences || !answer_as_windows(differences)) {
        fprintf(stderr, "WINSOCK_AS_WINDOWS names what is unknown\n");
        ExitProcess(1);
    }
    return exports;
}

__declspec(dllexport) int node_api_module_get_api_version_v1(void)
{
    return 8;
}
