// Types that are handles: opaque numbers of pointer size, never dereferenced. Types made by
// DECLARE_HANDLE and pointers to records that no header declares are found without an entry.

export const HANDLES: Record<string, string> = {
  SOCKET: 'an index into the socket table, not memory; INVALID_SOCKET is -1',
  HANDLE: 'declared void *, but no memory',
  HGLOBAL: 'declared HANDLE',
  HLOCAL: 'declared HANDLE',
  HGDIOBJ: 'declared void *, but no memory',
  LPM_HANDLE: 'declared HANDLE',
  RHANDLE: 'declared HANDLE',
  SC_HANDLE: 'declared by DECLARE_HANDLE',
};

/** Takes every kind of handle, sockets too, as `void *` does in C; the other way needs a cast. */
export const ANY_HANDLE = 'HANDLE';
