/** How a datagram socket comes onto its completion port: it is made there, or was made by others. */
import { SOCK_DGRAM } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6 } from '../../../defs/ws2def.g.ts';
import { isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { describe } from '../../ffi/types/describe.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { isBound, setNonBlocking } from '../calls/socket-calls.ts';
import { decodeAddress, encodeAddress } from '../families/address.ts';
import { isInternet } from '../families/ip.ts';
import { examine, peerIfConnected, requireSocket, takeForeign } from '../handles/foreign.ts';
import { optionsOf } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { CompletionPort, deliveryOf } from '../port/port.ts';
import { openSocket, usualKind } from '../sockets/open.ts';
import { setConnectionReset, setOption, setOptionsOf } from '../sockets/socket-options.ts';
import type { Datagram } from './datagram-inbox.ts';
import { prepareReceiving, type ReceivePlan, receivePlan } from './receive-plan.ts';
import {
  UDP_FROM_OPTIONS,
  UDP_SOCKET_OPTIONS,
  type UdpFromOptions,
  type UdpSocketOptions,
} from './udp-types.ts';

/** A datagram socket without an owner, as `detach` gives it. */
export interface DetachedDatagrams {
  /** The SOCKET. */
  readonly handle: number;
  /** What it had received and nobody had taken: whoever receives on must see it first. */
  readonly unread?: readonly Datagram[] | undefined;
}

interface Parts {
  readonly completionPort: CompletionPort;
  readonly delivery: Delivery;
  readonly on: Association;
  readonly kind: SocketKind;
  readonly plan: ReceivePlan;
  readonly onlyJoinedGroups: boolean;
  /** Whether it can receive already. */
  readonly bound: boolean;
  /** The sockaddr of its peer, where it is connected. */
  readonly peer: Uint8Array | undefined;
  readonly unread: readonly Datagram[];
}

/** A datagram socket on a completion port. Only this package makes one, so that a constructor may take it. */
export class OpenedDatagrams {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What it consists of; undefined where the value is something else. */
  static partsOf(value: unknown): Parts | undefined {
    return typeof value === 'object' && value !== null && #parts in value
      ? value.#parts
      : undefined;
  }
}

/** @throws as the constructor of UdpSocket does */
export function openDatagrams(options: UdpSocketOptions | undefined): Parts {
  const given = optionsOf(options, 'UdpSocket', UDP_SOCKET_OPTIONS);
  const { completionPort = CompletionPort.default, socketOptions } = given;
  const plan = receivePlan(given);
  const delivery = deliveryOf(completionPort);
  const kind = usualKind(given.family === 'IPv6' ? AF_INET6 : AF_INET, SOCK_DGRAM);
  const ready = (socket: number) => {
    setConnectionReset(socket, given.connectionReset ?? false);
    setNonBlocking(socket);
    // IPv4 reaches it too, and is written as IPv6 there.
    if (kind.family === AF_INET6) setOption(socket, 'v6Only', false);
    if (socketOptions) setOptionsOf(kind, socket, socketOptions);
    prepareReceiving(plan, socket, kind);
  };
  const on = openSocket(delivery, kind, ready, 0, plan.fits);
  const { onlyJoinedGroups = false } = given;
  const fresh = { bound: false, peer: undefined, unread: [] };
  return { completionPort, delivery, on, kind, plan, onlyJoinedGroups, ...fresh };
}

/** @throws as `UdpSocket.from` does; the SOCKET is still theirs then */
export function takeDatagrams(
  source: number | DetachedDatagrams,
  options: UdpFromOptions | undefined,
): OpenedDatagrams {
  const given = optionsOf(options, 'from', UDP_FROM_OPTIONS);
  const { completionPort = CompletionPort.default, socketOptions } = given;
  const plan = receivePlan(given);
  const delivery = deliveryOf(completionPort);
  const { handle, unread } = datagramSourceOf(source);
  const kind = examine(handle, SOCK_DGRAM);
  if (!isInternet(kind.family)) {
    throw new TypeError(`SOCKET ${handle} is of address family ${kind.family}, not of IP`);
  }
  const bound = isBound(handle);
  const peer = peerIfConnected(handle);
  delivery.assertOpen();
  if (given.connectionReset !== undefined) setConnectionReset(handle, given.connectionReset);
  setNonBlocking(handle);
  if (socketOptions) setOptionsOf(kind, handle, socketOptions);
  prepareReceiving(plan, handle, kind);
  const on = takeForeign(delivery, handle, kind);
  const { onlyJoinedGroups = false } = given;
  const taken = { completionPort, delivery, on, kind, plan, onlyJoinedGroups, bound, peer, unread };
  return new OpenedDatagrams(taken);
}

/** @throws TypeError for what is neither a SOCKET nor has one, and for what is no datagram */
function datagramSourceOf(source: number | DetachedDatagrams): Required<DetachedDatagrams> & {
  readonly unread: readonly Datagram[];
} {
  const given: Partial<DetachedDatagrams> =
    typeof source === 'object' && source ? source : { handle: source };
  const { unread = [] } = given;
  const handle = requireSocket(given.handle);
  if (!Array.isArray(unread)) {
    throw new TypeError(`what was received before is a list of datagrams, got ${describe(unread)}`);
  }
  return { handle, unread: Array.from(unread, datagramOf) };
}

function datagramOf(one: Datagram): Datagram {
  // Of nothing at all the data is missing, which is refused.
  const { data, from, ...details } = (one ?? {}) as Datagram;
  if (!isUint8Array(data)) {
    throw new TypeError(`a datagram has its data as a Uint8Array, got ${describe(data)}`);
  }
  // It refuses what is no address, and tells families by their names.
  const sender = decodeAddress(encodeAddress(from as never));
  return { data: Buffer.from(data), from: sender, ...details };
}
