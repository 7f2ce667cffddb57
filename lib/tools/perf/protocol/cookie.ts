import { randomInt } from 'node:crypto';

/** What every connection of a test begins with: 36 characters and a NUL. */
export const COOKIE_BYTES = 37;

/** Begins the cookie of a client that needs a `winsock perf` on the other side. */
const OWN_PREFIX = 'winsock-perf1-';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** @param own whether the client needs what iperf3 does not have */
export function makeCookie(own: boolean): Buffer {
  let text = own ? OWN_PREFIX : '';
  while (text.length < COOKIE_BYTES - 1) text += LETTERS[randomInt(LETTERS.length)];
  return Buffer.from(`${text}\0`, 'latin1');
}

export function isOwnCookie(cookie: Buffer): boolean {
  return cookie.toString('latin1', 0, OWN_PREFIX.length) === OWN_PREFIX;
}

export function cookieText(cookie: Buffer): string {
  return cookie.toString('latin1', 0, COOKIE_BYTES - 1);
}
