/**
 * Initialisers of addresses (ws2ipdef.h, mstcpip.h, ws2def.h), as plain frozen data:
 *
 *     new sockaddr_in6({ sin6_family: AF_INET6, sin6_addr: IN6ADDR_LOOPBACK_INIT })
 *     const address = new in6_addr(IN6ADDR_LOOPBACK_INIT);
 *
 * Addresses are in network byte order. A prefix is filled up with zeros.
 */

/** Fields of an in6_addr. */
export interface In6AddrInit {
  readonly s6_addr: readonly number[];
}

/** Fields of an in_addr. */
export interface InAddrInit {
  readonly s_addr: number;
}

function in6(start: readonly number[], end: readonly number[] = []): In6AddrInit {
  const zeros = new Array<number>(16 - start.length - end.length).fill(0);
  return Object.freeze({ s6_addr: Object.freeze([...start, ...zeros, ...end]) });
}

function in4(a: number, b = 0, c = 0, d = 0): InAddrInit {
  return Object.freeze({ s_addr: (a | (b << 8) | (c << 16) | (d << 24)) >>> 0 });
}

/** `::` */
export const IN6ADDR_ANY_INIT = /*#__PURE__*/ in6([]);
/** `::1` */
export const IN6ADDR_LOOPBACK_INIT = /*#__PURE__*/ in6([], [1]);
/** `ff01::1` */
export const IN6ADDR_ALLNODESONNODE_INIT = /*#__PURE__*/ in6([0xff, 0x01], [1]);
/** `ff02::1` */
export const IN6ADDR_ALLNODESONLINK_INIT = /*#__PURE__*/ in6([0xff, 0x02], [1]);
/** `ff02::2` */
export const IN6ADDR_ALLROUTERSONLINK_INIT = /*#__PURE__*/ in6([0xff, 0x02], [2]);
/** `ff02::16` */
export const IN6ADDR_ALLMLDV2ROUTERSONLINK_INIT = /*#__PURE__*/ in6([0xff, 0x02], [0x16]);
/** `fe80::ffff:ffff:fffe` */
export const IN6ADDR_TEREDOINITIALLINKLOCALADDRESS_INIT = /*#__PURE__*/ in6(
  [0xfe, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xfe],
);
/** `fe80::5445:5245:444f`, whose last bytes spell TEREDO */
export const IN6ADDR_TEREDOOLDLINKLOCALADDRESSXP_INIT = /*#__PURE__*/ in6(
  [0xfe, 0x80],
  [0x54, 0x45, 0x52, 0x45, 0x44, 0x4f],
);
/** `fe80::ffff:ffff:ffff` */
export const IN6ADDR_TEREDOOLDLINKLOCALADDRESSVISTA_INIT = /*#__PURE__*/ in6(
  [0xfe, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
);
/** `fe80::/64` */
export const IN6ADDR_LINKLOCALPREFIX_INIT = /*#__PURE__*/ in6([0xfe, 0x80]);
/** `ff00::/8` */
export const IN6ADDR_MULTICASTPREFIX_INIT = /*#__PURE__*/ in6([0xff]);
/** `ff02::1:ff00:0/104` */
export const IN6ADDR_SOLICITEDNODEMULTICASTPREFIX_INIT = /*#__PURE__*/ in6(
  [0xff, 0x02],
  [0x01, 0xff, 0, 0, 0],
);
/** `::ffff:0:0/96` */
export const IN6ADDR_V4MAPPEDPREFIX_INIT = /*#__PURE__*/ in6([], [0xff, 0xff, 0, 0, 0, 0]);
/** `2002::/16` */
export const IN6ADDR_6TO4PREFIX_INIT = /*#__PURE__*/ in6([0x20, 0x02]);
/** `2001::/32` */
export const IN6ADDR_TEREDOPREFIX_INIT = /*#__PURE__*/ in6([0x20, 0x01]);
/** `3ffe:831f::/32` */
export const IN6ADDR_TEREDOPREFIX_INIT_OLD = /*#__PURE__*/ in6([0x3f, 0xfe, 0x83, 0x1f]);
/** `fc00::` */
export const IN6ADDR_ULAPREFIX_INIT = /*#__PURE__*/ in6([0xfc]);
/** `fec0::` */
export const IN6ADDR_SITELOCALPREFIX_INIT = /*#__PURE__*/ in6([0xfe, 0xc0]);
/** `3ffe::` */
export const IN6ADDR_6BONETESTPREFIX_INIT = /*#__PURE__*/ in6([0x3f, 0xfe]);

/** 0.0.0.0 */
export const IN4ADDR_ANY_INIT = /*#__PURE__*/ in4(0);
/** 127.0.0.1 */
export const IN4ADDR_LOOPBACK_INIT = /*#__PURE__*/ in4(127, 0, 0, 1);
/** 255.255.255.255 */
export const IN4ADDR_BROADCAST_INIT = /*#__PURE__*/ in4(255, 255, 255, 255);
/** 224.0.0.1 */
export const IN4ADDR_ALLNODESONLINK_INIT = /*#__PURE__*/ in4(224, 0, 0, 1);
/** 224.0.0.2 */
export const IN4ADDR_ALLROUTERSONLINK_INIT = /*#__PURE__*/ in4(224, 0, 0, 2);
/** 224.0.0.22 */
export const IN4ADDR_ALLIGMPV3ROUTERSONLINK_INIT = /*#__PURE__*/ in4(224, 0, 0, 22);
/** 224.0.0.253 */
export const IN4ADDR_ALLTEREDONODESONLINK_INIT = /*#__PURE__*/ in4(224, 0, 0, 253);
/** 169.254.0.0/16 */
export const IN4ADDR_LINKLOCALPREFIX_INIT = /*#__PURE__*/ in4(169, 254);
/** 224.0.0.0/4 */
export const IN4ADDR_MULTICASTPREFIX_INIT = /*#__PURE__*/ in4(224);

/** The SCOPE_ID of an address without a scope. */
export const SCOPEID_UNSPECIFIED_INIT: { readonly Value: number } = /*#__PURE__*/ Object.freeze({
  Value: 0,
});
