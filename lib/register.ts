/**
 * Experimental: preloaded, by `node --import winsock/register app.js`, it has the sockets of an unchanged program
 * use the completion port. It is the only entry that changes modules of Node.js.
 *
 * @module
 */

export { replaced } from './node/register/register.ts';
export type { Replacement } from './node/register/replacement.ts';
