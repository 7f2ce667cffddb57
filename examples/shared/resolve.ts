/** Names and addresses of either family, as the samples' resolve.c has them: getaddrinfo and getnameinfo. */

import {
  AI_PASSIVE,
  addrinfo,
  arrayOf,
  type BufferArg,
  char,
  getaddrinfo,
  getnameinfo,
  NI_MAXHOST,
  NI_MAXSERV,
  NI_NUMERICHOST,
  NI_NUMERICSERV,
  ptr,
  ref,
} from 'winsock';

/** The addresses of a host and a service; null, with a line on standard error, where there are none. */
export function ResolveAddress(
  addr: string | undefined,
  port: string | undefined,
  af: number,
  type: number,
  proto: number,
): addrinfo | null {
  const res = ref(ptr(addrinfo));
  const hints = new addrinfo({
    ai_flags: addr ? 0 : AI_PASSIVE,
    ai_family: af,
    ai_socktype: type,
    ai_protocol: proto,
  });
  const rc = getaddrinfo(addr ?? null, port ?? '0', hints, res);
  if (rc !== 0) console.error(`getaddrinfo(${addr}, ${port}) failed: ${rc}`);
  return rc === 0 ? res.value : null;
}

/** Host and port as text. */
export function NameInfo(
  sa: BufferArg,
  salen: number,
  flags: number = NI_NUMERICHOST | NI_NUMERICSERV,
): [host: string, serv: string] {
  const host = arrayOf(char, NI_MAXHOST);
  const serv = arrayOf(char, NI_MAXSERV);
  const rc = getnameinfo(sa, salen, host, host.length, serv, serv.length, flags);
  if (rc !== 0) return [`(getnameinfo failed: ${rc})`, '?'];
  return [`${host}`, `${serv}`];
}

/** An address as text: `127.0.0.1:5150`, `[::1]:5150`. */
export function FormatAddress(sa: BufferArg, salen: number): string {
  const [host, serv] = NameInfo(sa, salen);
  return host.includes(':') ? `[${host}]:${serv}` : `${host}:${serv}`;
}
