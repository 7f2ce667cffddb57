/**
 * What C programs use of C's library, with C's semantics: formats, strings over memory, streams, time.
 * For ports of C programs, by hand or by `winsock translate`; other programs have JavaScript's own.
 *
 * @module winsock/c
 */
export * from './c/descriptors.ts';
export { sourceEncoding } from './c/encoding.ts';
export { errno } from './c/errno.ts';
export * from './c/format.ts';
export * from './c/functions.ts';
export * from './c/guids.ts';
export * from './c/memory.ts';
export * from './c/messages.ts';
export * from './c/numbers.ts';
export * from './c/print.ts';
export * from './c/process.ts';
export * from './c/scan.ts';
export * from './c/sort.ts';
export * from './c/streams.ts';
export * from './c/strings.ts';
export * from './c/strsafe.ts';
export * from './c/text.ts';
export * from './c/threads.ts';
export * from './c/time.ts';
