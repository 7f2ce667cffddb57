/**
 * Names for numbers: error codes, address families, socket options, flags and ioctl codes turned back
 * into the constants of the headers. It carries the tables of all headers, which is why it is an entry
 * of its own.
 *
 * @module winsock/names
 */
export * from './api/names/names.ts';
export * from './api/names/option-names.ts';
export { addressText, traceText } from './api/names/trace-text.ts';
