/**
 * The constant address variables of ws2ipdef.h: `in6addr_loopback` and its like.
 *
 * They are records, so they go wherever a C program passes `&in6addr_loopback`. In C they are const,
 * and here a field of one cannot be assigned either (TypeError), nor do the nested views of one lead
 * into it: they are copies. No function of this package reads them, so even a program that gets
 * around this, by writing to an index or having a DLL write there, only fools itself.
 */
import { in6_addr } from '../../../defs/in6addr.g.ts';
import { in_addr } from '../../../defs/inaddr.g.ts';
import { SCOPE_ID } from '../../../defs/ws2def.g.ts';
import type { Init, Struct, StructType } from '../../ffi/types/record.ts';
import {
  IN4ADDR_ALLIGMPV3ROUTERSONLINK_INIT,
  IN4ADDR_ALLNODESONLINK_INIT,
  IN4ADDR_ALLROUTERSONLINK_INIT,
  IN4ADDR_ALLTEREDONODESONLINK_INIT,
  IN4ADDR_ANY_INIT,
  IN4ADDR_BROADCAST_INIT,
  IN4ADDR_LINKLOCALPREFIX_INIT,
  IN4ADDR_LOOPBACK_INIT,
  IN4ADDR_MULTICASTPREFIX_INIT,
  IN6ADDR_6TO4PREFIX_INIT,
  IN6ADDR_ALLMLDV2ROUTERSONLINK_INIT,
  IN6ADDR_ALLNODESONLINK_INIT,
  IN6ADDR_ALLNODESONNODE_INIT,
  IN6ADDR_ALLROUTERSONLINK_INIT,
  IN6ADDR_ANY_INIT,
  IN6ADDR_LINKLOCALPREFIX_INIT,
  IN6ADDR_LOOPBACK_INIT,
  IN6ADDR_MULTICASTPREFIX_INIT,
  IN6ADDR_SOLICITEDNODEMULTICASTPREFIX_INIT,
  IN6ADDR_TEREDOINITIALLINKLOCALADDRESS_INIT,
  IN6ADDR_TEREDOPREFIX_INIT,
  IN6ADDR_TEREDOPREFIX_INIT_OLD,
  IN6ADDR_V4MAPPEDPREFIX_INIT,
  type In6AddrInit,
  type InAddrInit,
} from './address-initializers.ts';

const WRITERS = ['set', 'fill', 'copyWithin', 'reverse', 'sort'] as const;

/**
 * The constants of a record type. Their memory is filled without constructing a record, because that
 * would lay the type out at import: so the fields, which read from a copy, are named here.
 */
function constantsOf<T extends Struct>(
  type: StructType<T>,
  bytes: number,
  fields: readonly (keyof T & string)[],
): (content: readonly number[]) => Readonly<T> {
  const refuse = () => {
    throw new TypeError(`this ${type.name} is a constant; change a copy: new ${type.name}(…)`);
  };
  const prototype: object = Object.create(type.prototype);
  for (const method of WRITERS) Object.defineProperty(prototype, method, { value: refuse });
  for (const field of fields) {
    Object.defineProperty(prototype, field, {
      get(this: T) {
        // What is frozen has the fields of the record it stands for.
        return new type(this as Init<T>)[field];
      },
      set: refuse,
    });
  }
  return (content) => {
    const memory = new Uint8Array(new ArrayBuffer(bytes));
    memory.set(content);
    // That prototype is what makes it one.
    return Object.setPrototypeOf(memory, prototype) as Readonly<T>;
  };
}

const constant6 = /*#__PURE__*/ constantsOf<in6_addr>(in6_addr, 16, [
  'u',
  's6_addr',
  's6_bytes',
  's6_words',
]);
const constant4 = /*#__PURE__*/ constantsOf<in_addr>(in_addr, 4, [
  'S_un',
  's_addr',
  's_host',
  's_net',
  's_imp',
  's_impno',
  's_lh',
]);
const constantScope = /*#__PURE__*/ constantsOf<SCOPE_ID>(SCOPE_ID, 4, ['Zone', 'Level', 'Value']);

const in6 = ({ s6_addr }: In6AddrInit) => constant6(s6_addr);
const in4 = ({ s_addr }: InAddrInit) =>
  constant4([s_addr & 0xff, (s_addr >>> 8) & 0xff, (s_addr >>> 16) & 0xff, s_addr >>> 24]);

/** `::` */
export const in6addr_any = /*#__PURE__*/ in6(IN6ADDR_ANY_INIT);
/** `::1` */
export const in6addr_loopback = /*#__PURE__*/ in6(IN6ADDR_LOOPBACK_INIT);
/** `ff01::1` */
export const in6addr_allnodesonnode = /*#__PURE__*/ in6(IN6ADDR_ALLNODESONNODE_INIT);
/** `ff02::1` */
export const in6addr_allnodesonlink = /*#__PURE__*/ in6(IN6ADDR_ALLNODESONLINK_INIT);
/** `ff02::2` */
export const in6addr_allroutersonlink = /*#__PURE__*/ in6(IN6ADDR_ALLROUTERSONLINK_INIT);
/** `ff02::16` */
export const in6addr_allmldv2routersonlink = /*#__PURE__*/ in6(IN6ADDR_ALLMLDV2ROUTERSONLINK_INIT);
/** `fe80::ffff:ffff:fffe` */
export const in6addr_teredoinitiallinklocaladdress = /*#__PURE__*/ in6(
  IN6ADDR_TEREDOINITIALLINKLOCALADDRESS_INIT,
);
/** `fe80::/64` */
export const in6addr_linklocalprefix = /*#__PURE__*/ in6(IN6ADDR_LINKLOCALPREFIX_INIT);
/** `ff00::/8` */
export const in6addr_multicastprefix = /*#__PURE__*/ in6(IN6ADDR_MULTICASTPREFIX_INIT);
/** `ff02::1:ff00:0/104` */
export const in6addr_solicitednodemulticastprefix = /*#__PURE__*/ in6(
  IN6ADDR_SOLICITEDNODEMULTICASTPREFIX_INIT,
);
/** `::ffff:0:0/96` */
export const in6addr_v4mappedprefix = /*#__PURE__*/ in6(IN6ADDR_V4MAPPEDPREFIX_INIT);
/** `2002::/16` */
export const in6addr_6to4prefix = /*#__PURE__*/ in6(IN6ADDR_6TO4PREFIX_INIT);
/** `2001::/32` */
export const in6addr_teredoprefix = /*#__PURE__*/ in6(IN6ADDR_TEREDOPREFIX_INIT);
/** `3ffe:831f::/32` */
export const in6addr_teredoprefix_old = /*#__PURE__*/ in6(IN6ADDR_TEREDOPREFIX_INIT_OLD);

/** 0.0.0.0 */
export const in4addr_any = /*#__PURE__*/ in4(IN4ADDR_ANY_INIT);
/** 127.0.0.1 */
export const in4addr_loopback = /*#__PURE__*/ in4(IN4ADDR_LOOPBACK_INIT);
/** 255.255.255.255 */
export const in4addr_broadcast = /*#__PURE__*/ in4(IN4ADDR_BROADCAST_INIT);
/** 224.0.0.1 */
export const in4addr_allnodesonlink = /*#__PURE__*/ in4(IN4ADDR_ALLNODESONLINK_INIT);
/** 224.0.0.2 */
export const in4addr_allroutersonlink = /*#__PURE__*/ in4(IN4ADDR_ALLROUTERSONLINK_INIT);
/** 224.0.0.22 */
export const in4addr_alligmpv3routersonlink = /*#__PURE__*/ in4(
  IN4ADDR_ALLIGMPV3ROUTERSONLINK_INIT,
);
/** 224.0.0.253 */
export const in4addr_allteredohostsonlink = /*#__PURE__*/ in4(IN4ADDR_ALLTEREDONODESONLINK_INIT);
/** 169.254.0.0/16 */
export const in4addr_linklocalprefix = /*#__PURE__*/ in4(IN4ADDR_LINKLOCALPREFIX_INIT);
/** 224.0.0.0/4 */
export const in4addr_multicastprefix = /*#__PURE__*/ in4(IN4ADDR_MULTICASTPREFIX_INIT);

/** The scope id of an address without a scope. */
export const scopeid_unspecified = /*#__PURE__*/ constantScope([0, 0, 0, 0]);
