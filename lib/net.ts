/**
 * The module `node:net` over a completion port: the same functions, classes, events, options and errors.
 *
 * @module
 */
export * from './node/net/index.ts';
export { default } from './node/net/index.ts';
