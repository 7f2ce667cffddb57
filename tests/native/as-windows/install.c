/* The way in: what load.mjs calls. */
#include "as-windows.h"

/*
 * Switches differences on, once in a process.
 *
 * Returns 0; 1 where a name is unknown; -1 where it was done before, by another thread of the program.
 */
__declspec(dllexport) int AnswerAsWindows(const char *differences)
{
    static LONG installed;
    if (InterlockedExchange(&installed, 1)) return -1;
    if (!read_switches(differences)) return 1;
    /* It stays, though whoever has loaded it may be done with it: others call it. */
    HMODULE own;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                       (const char *)AnswerAsWindows, &own);
    /* Options first: the others ask for them. */
    install_options();
    install_sockets();
    install_connect();
    install_receive();
    install_operations();
    install_callbacks();
    install_lookup();
    install_services();
    /* As for the last: everything up to here may be asked on which system it is. */
    if (on(NOT_WINE)) rename_export("ntdll.dll", "wine_get_version", "wine_get_versiom");
    return 0;
}
