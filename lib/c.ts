/**
 * What C programs use of C's library, with C's semantics: formats, strings over memory, streams, time.
 * For ports of C programs, by hand or by `winsock translate`; other programs have JavaScript's own.
 *
 * @module winsock/c
 */

export * from './c/memory/functions.ts';
export * from './c/memory/memory.ts';
export * from './c/memory/sort.ts';
export * from './c/streams/descriptors.ts';
export {
  BUFSIZ,
  EOF,
  FILE,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  stderr,
  stdin,
  stdout,
} from './c/streams/file.ts';
export * from './c/streams/format.ts';
export * from './c/streams/print.ts';
export * from './c/streams/scan.ts';
export * from './c/streams/streams.ts';
export { errno } from './c/system/errno.ts';
export * from './c/system/messages.ts';
export * from './c/system/process.ts';
export * from './c/system/threads.ts';
export * from './c/system/time.ts';
export { sourceEncoding } from './c/text/encoding.ts';
export * from './c/text/guids.ts';
export * from './c/text/numbers.ts';
export * from './c/text/strings.ts';
export * from './c/text/strsafe.ts';
export * from './c/text/text.ts';
