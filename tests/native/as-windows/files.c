/* Files by which programs on the stand-in find each other. */
#include "as-windows.h"

#include <stdio.h>

/* The path of a file in the folder for temporary ones, for what a GUID names. */
void file_by_guid(const WCHAR *kind, const GUID *id, WCHAR *path)
{
    WCHAR folder[MAX_PATH];
    GetTempPathW(COUNT(folder), folder);
    swprintf(path, LONGEST_PATH, L"%lswinsock-%ls-%08lx%04x%04x%02x%02x%02x%02x", folder, kind, id->Data1,
             id->Data2, id->Data3, id->Data4[0], id->Data4[1], id->Data4[6], id->Data4[7]);
}

/* Writes a file that there must not be yet. */
BOOL write_new_file(const WCHAR *path, const void *from, DWORD bytes)
{
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return FALSE;
    WriteFile(file, from, bytes, &written, NULL);
    CloseHandle(file);
    return TRUE;
}

/* The first bytes of a file: how many; -1 where there is no file. */
int read_file(const WCHAR *path, void *to, DWORD room)
{
    DWORD count = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) return -1;
    ReadFile(file, to, room, &count, NULL);
    CloseHandle(file);
    return (int)count;
}
