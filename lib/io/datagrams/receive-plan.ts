/** How a datagram socket receives, by what was asked for when it was made. */
import { AF_INET6 } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { MOST_RECEIVED } from '../port/association.ts';
import { setOption } from '../sockets/socket-options.ts';
import {
  askForDetails,
  type DatagramDetail,
  DetailsReader,
  detailsOf,
} from './datagram-details.ts';
import type { DatagramReceiverOptions } from './datagram-receiver.ts';
import { MessageWay } from './message-way.ts';
import { LONGEST_DATAGRAM, type UdpSocketOptions } from './udp-types.ts';

/** What was asked for. */
export interface ReceivePlan {
  readonly receives: number;
  readonly details: ReadonlySet<DatagramDetail>;
  /** Whether details that the system cannot tell are left out. */
  readonly asFarAsKnown: boolean;
  readonly coalesces: boolean;
  readonly longest: number;
  /** Whether there is memory for the longest datagram that can come. */
  readonly fits: boolean;
  readonly byMessage: boolean;
  readonly tellsUnreachable: boolean;
}

/**
 * @param options each of which was checked
 * @throws TypeError and RangeError for what no socket can have
 */
export function receivePlan(options: UdpSocketOptions): ReceivePlan {
  const { receives = 1, longest = LONGEST_DATAGRAM, coalesce, socketOptions } = options;
  const wanted = new Set(detailsOf(options.details));
  if (options.onlyJoinedGroups) wanted.add('to');
  const { receiveCoalesced = 0 } = socketOptions ?? {};
  if (typeof receiveCoalesced === 'number' && receiveCoalesced > MOST_RECEIVED) {
    throw new RangeError(`receiveCoalesced is up to ${MOST_RECEIVED}, got ${receiveCoalesced}`);
  }
  const coalesces = coalesce === true || receiveCoalesced !== 0;
  if (coalesces && options.longest !== undefined) {
    throw new TypeError(
      'datagrams that come together have no longest one: leave one of the two out',
    );
  }
  return {
    receives,
    details: wanted,
    asFarAsKnown: options.details === true,
    coalesces: coalesce === true,
    longest,
    fits: options.longest === undefined,
    byMessage: coalesces || wanted.size > 0 || options.longest !== undefined,
    tellsUnreachable: options.connectionReset ?? false,
  };
}

/**
 * Has the system tell what was asked for.
 *
 * @throws WinsockError where it cannot tell a detail that was named
 */
export function prepareReceiving(plan: ReceivePlan, socket: number, { family }: SocketKind): void {
  askForDetails(socket, plan.details, family === AF_INET6, plan.asFarAsKnown);
  if (!plan.coalesces) return;
  try {
    setOption(socket, 'receiveCoalesced', MOST_RECEIVED);
  } catch (error) {
    // A system that does not know the option has datagrams come one by one.
    if (!(error instanceof WinsockError)) throw error;
  }
}

/** How receives are made by a plan. */
export function receivingBy(
  plan: ReceivePlan,
  kind: SocketKind,
  localPort: () => number,
): DatagramReceiverOptions & { readonly receives: number } {
  const { receives, longest, tellsUnreachable } = plan;
  const six = kind.family === AF_INET6;
  const messageWay = () => new MessageWay(kind, new DetailsReader(plan.details, six, localPort));
  return {
    receives,
    longest,
    tellsUnreachable,
    messageWay: plan.byMessage ? messageWay : undefined,
  };
}
