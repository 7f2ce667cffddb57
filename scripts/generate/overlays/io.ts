// What lib/io writes and reads in native memory by itself, word by word, because it does so for every
// operation: a record's accessors cost ten times as much.

/** Records whose layout it needs before anything is laid out; overlays/ffi.ts has those that lib/ffi needs too. */
export const IO_RECORDS = `
  OVERLAPPED_ENTRY WSABUF WSAMSG TRANSMIT_FILE_BUFFERS RIO_BUF RIORESULT`;
