/* Has functions of loaded DLLs replaced. */
#ifndef HOOK_H
#define HOOK_H

#define COUNT(array) (sizeof(array) / sizeof *(array))

/*
 * Has a function of a DLL replaced, for whoever looks it up from now on, and gives the one that it was;
 * NULL where there is none.
 */
void *replace_export(const char *dll, const char *name, void *with);
/* The same, also for the programs and libraries that have looked it up already. */
void *replace(const char *dll, const char *name, void *with);
void rename_export(const char *dll, const char *name, const char *to);

#endif
