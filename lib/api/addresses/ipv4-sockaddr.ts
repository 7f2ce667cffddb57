/** Socket addresses of IPv4 (mstcpip.h): filled in and looked at. */
import { in_addr } from '../../../defs/inaddr.g.ts';
import { AF_INET, SCOPE_ID, sockaddr_in } from '../../../defs/ws2def.g.ts';
import { uint16 } from '../../ffi/types/scalars.ts';
import { assertRecord } from '../check.ts';
import { IN4_ADDR_EQUAL, IN4_IS_ADDR_LOOPBACK, IN4_IS_ADDR_UNSPECIFIED } from './ipv4.ts';

function fill(a: sockaddr_in, address: readonly number[], port: number, name: string): void {
  assertRecord(a, sockaddr_in, `${name}: a`);
  const checked = uint16.check(port, `${name}: port`);
  a.fill(0);
  a.sin_family = AF_INET;
  a.sin_port = checked;
  a.sin_addr.set(address);
}

/**
 * Fills in a socket address.
 *
 * @param a the socket address to write
 * @param addr the IPv4 address
 * @param port the port in network byte order
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_setsockaddr
 */
export function IN4ADDR_SETSOCKADDR(a: sockaddr_in, addr: in_addr, port: number): void {
  fill(
    a,
    [...assertRecord(addr, in_addr, 'IN4ADDR_SETSOCKADDR: addr')],
    port,
    'IN4ADDR_SETSOCKADDR',
  );
}

/**
 * Makes a socket address 0.0.0.0, port 0.
 *
 * @param a the socket address to write
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_setany
 */
export function IN4ADDR_SETANY(a: sockaddr_in): void {
  fill(a, [0, 0, 0, 0], 0, 'IN4ADDR_SETANY');
}

/**
 * Makes a socket address 127.0.0.1, port 0.
 *
 * @param a the socket address to write
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_setloopback
 */
export function IN4ADDR_SETLOOPBACK(a: sockaddr_in): void {
  fill(a, [127, 0, 0, 1], 0, 'IN4ADDR_SETLOOPBACK');
}

function isInet(a: sockaddr_in, where: string): boolean {
  return assertRecord(a, sockaddr_in, where).sin_family === AF_INET;
}

/**
 * Whether a socket address is 0.0.0.0 with any port. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_isany
 */
export function IN4ADDR_ISANY(a: sockaddr_in): boolean {
  return isInet(a, 'IN4ADDR_ISANY') && IN4_IS_ADDR_UNSPECIFIED(a.sin_addr);
}

/**
 * Whether a socket address is in 127.0.0.0/8. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_isloopback
 */
export function IN4ADDR_ISLOOPBACK(a: sockaddr_in): boolean {
  return isInet(a, 'IN4ADDR_ISLOOPBACK') && IN4_IS_ADDR_LOOPBACK(a.sin_addr);
}

/**
 * Whether a socket address is 0.0.0.0, as IN4ADDR_ISANY: IPv4 addresses have no scope.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_isunspecified
 */
export function IN4ADDR_ISUNSPECIFIED(a: sockaddr_in): boolean {
  return isInet(a, 'IN4ADDR_ISUNSPECIFIED') && IN4_IS_ADDR_UNSPECIFIED(a.sin_addr);
}

/**
 * Whether two socket addresses hold the same IPv4 address; their ports do not count. Those of
 * another family are not equal to anything.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_isequal
 */
export function IN4ADDR_ISEQUAL(a: sockaddr_in, b: sockaddr_in): boolean {
  const bothInet = [isInet(a, 'IN4ADDR_ISEQUAL: a'), isInet(b, 'IN4ADDR_ISEQUAL: b')];
  return !bothInet.includes(false) && IN4_ADDR_EQUAL(a.sin_addr, b.sin_addr);
}

/**
 * The scope of a socket address: zero, because IPv4 addresses have none.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4addr_scope_id
 */
export function IN4ADDR_SCOPE_ID(a: sockaddr_in): SCOPE_ID {
  assertRecord(a, sockaddr_in, 'IN4ADDR_SCOPE_ID');
  return new SCOPE_ID();
}
