/*
 * Replaces functions of a DLL that is loaded: in its table of exports, which GetProcAddress and the loader
 * read, and in the tables of imports of the programs and libraries that are there already. The tables of
 * the system's own DLLs stay, so that Wine goes on calling itself.
 */
#include "hook.h"

#include <windows.h>

#include <psapi.h>
#include <stdint.h>
#include <string.h>

static IMAGE_DATA_DIRECTORY *directory(HMODULE module, int which)
{
    BYTE *base = (BYTE *)module;
    IMAGE_NT_HEADERS *headers =
        (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    return &headers->OptionalHeader.DataDirectory[which];
}

static void write_over(void *place, const void *bytes, SIZE_T count)
{
    DWORD old;
    VirtualProtect(place, count, PAGE_EXECUTE_READWRITE, &old);
    memcpy(place, bytes, count);
    VirtualProtect(place, count, old, &old);
}

/* Memory above a module and near to it: an export is given by 32 bits of distance. */
static BYTE *memory_above(BYTE *base, SIZE_T bytes)
{
    const uintptr_t step = 0x10000;
    uintptr_t first = ((uintptr_t)base + step) & ~(step - 1);
    for (uintptr_t at = first; at < first + 0x7f000000u; at += step) {
        BYTE *memory = VirtualAlloc((void *)at, bytes, MEM_RESERVE | MEM_COMMIT,
                                    PAGE_EXECUTE_READWRITE);
        if (memory) return memory;
    }
    return NULL;
}

/* A jump to a function, at a place that an export of the module can name. */
static BYTE *jump_for(HMODULE module, void *to)
{
    static struct {
        HMODULE module;
        BYTE *next;
    } pages[8];
    static const BYTE code[] = {0xff, 0x25, 0, 0, 0, 0};
    size_t i = 0;
    while (i < COUNT(pages) - 1 && pages[i].module && pages[i].module != module) i++;
    if (!pages[i].next) {
        pages[i].module = module;
        pages[i].next = memory_above((BYTE *)module, 0x1000);
        if (!pages[i].next) return NULL;
    }
    BYTE *jump = pages[i].next;
    memcpy(jump, code, sizeof code);
    memcpy(jump + sizeof code, &to, sizeof to);
    pages[i].next += 16;
    return jump;
}

static DWORD *export_entry(HMODULE module, const char *name, DWORD *name_at)
{
    BYTE *base = (BYTE *)module;
    IMAGE_EXPORT_DIRECTORY *exports =
        (IMAGE_EXPORT_DIRECTORY *)(base +
                                   directory(module, IMAGE_DIRECTORY_ENTRY_EXPORT)->VirtualAddress);
    DWORD *name_places = (DWORD *)(base + exports->AddressOfNames);
    WORD *ordinals = (WORD *)(base + exports->AddressOfNameOrdinals);
    DWORD *functions = (DWORD *)(base + exports->AddressOfFunctions);
    for (DWORD i = 0; i < exports->NumberOfNames; i++) {
        if (strcmp((char *)base + name_places[i], name) != 0) continue;
        if (name_at) *name_at = name_places[i];
        return &functions[ordinals[i]];
    }
    return NULL;
}

static void replace_in(void **table, void *what, void *with)
{
    for (; *table; table++) {
        if (*table == what) write_over(table, &with, sizeof with);
    }
}

static void replace_imports(HMODULE module, void *what, void *with)
{
    BYTE *base = (BYTE *)module;
    IMAGE_DATA_DIRECTORY *imports = directory(module, IMAGE_DIRECTORY_ENTRY_IMPORT);
    if (imports->Size) {
        IMAGE_IMPORT_DESCRIPTOR *one = (IMAGE_IMPORT_DESCRIPTOR *)(base + imports->VirtualAddress);
        for (; one->Name; one++) replace_in((void **)(base + one->FirstThunk), what, with);
    }
    /* Those that are looked up at their first call, where that has been. */
    IMAGE_DATA_DIRECTORY *delayed = directory(module, IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT);
    if (delayed->Size) {
        IMAGE_DELAYLOAD_DESCRIPTOR *one =
            (IMAGE_DELAYLOAD_DESCRIPTOR *)(base + delayed->VirtualAddress);
        for (; one->DllNameRVA; one++) {
            replace_in((void **)(base + one->ImportAddressTableRVA), what, with);
        }
    }
}

static BOOL is_of_system(HMODULE module)
{
    char path[MAX_PATH], system[MAX_PATH];
    UINT length = GetSystemDirectoryA(system, sizeof system);
    GetModuleFileNameA(module, path, sizeof path);
    return _strnicmp(path, system, length) == 0;
}

static HMODULE own_module(void)
{
    HMODULE own;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                           GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       (const char *)own_module, &own);
    return own;
}

void *replace_export(const char *dll, const char *name, void *with)
{
    HMODULE module = LoadLibraryA(dll);
    void *original = module ? (void *)GetProcAddress(module, name) : NULL;
    DWORD *entry = module ? export_entry(module, name, NULL) : NULL;
    if (!original || !entry) return NULL;
    BYTE *jump = jump_for(module, with);
    if (!jump) return NULL;
    DWORD distance = (DWORD)(jump - (BYTE *)module);
    write_over(entry, &distance, sizeof distance);
    return original;
}

void *replace(const char *dll, const char *name, void *with)
{
    void *original = replace_export(dll, name, with);
    if (!original) return NULL;

    HMODULE modules[512];
    DWORD bytes;
    HMODULE own = own_module();
    if (!EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &bytes)) return original;
    for (DWORD i = 0; i < bytes / sizeof *modules && i < COUNT(modules); i++) {
        if (modules[i] != own && !is_of_system(modules[i])) {
            replace_imports(modules[i], original, with);
        }
    }
    return original;
}

/* The new name has to have the place of the old one in the order of names. */
void rename_export(const char *dll, const char *name, const char *to)
{
    HMODULE module = GetModuleHandleA(dll);
    DWORD name_at;
    if (module && export_entry(module, name, &name_at)) {
        write_over((BYTE *)module + name_at, to, strlen(to) + 1);
    }
}
