import {
  SOCK_DGRAM,
  WSA_FLAG_REGISTERED_IO,
  WSA_OPERATION_ABORTED,
} from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { check } from '../calls/check.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { bindSocket, isBound } from '../calls/socket-calls.ts';
import { type AddressLike, anyAddress, encodeAddress } from '../families/address.ts';
import { familyNumber, typeNumber } from '../families/family.ts';
import { isInternet } from '../families/ip.ts';
import { startAccept, updateAcceptContext } from '../ops/accept.ts';
import { startConnect, updateConnectContext } from '../ops/connect.ts';
import { startDisconnect } from '../ops/disconnect.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { filledBytes, startIoctl } from '../ops/ioctl.ts';
import { lendToReceive, lendToSend } from '../ops/lend.ts';
import { bits32, checkedLater, flag, memory, whole } from '../options/kinds.ts';
import { checkObject, type OptionTable, optionsOf, withOptions } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import { OURS, type Ours, requireOurs } from '../port/ours.ts';
import { CompletionPort, completionPortOption, deliveryOf } from '../port/port.ts';
import { connectAndWait, connectsElsewhere } from '../sockets/connect-elsewhere.ts';
import { openSocket, usualKind } from '../sockets/open.ts';
import { performOn } from './on-port.ts';
import { OverlappedTransfers } from './overlapped-transfers.ts';
import type { IoctlOptions, OverlappedSocketOptions } from './overlapped-types.ts';

/** How to accept. */
export interface AcceptOptions extends OperationOptions {
  /** The socket for the connection. Default: a new one. */
  into?: OverlappedSocket;
}

/** How to disconnect. */
export interface DisconnectOptions extends OperationOptions {
  /** Whether the socket shall be used again. Default false. */
  reuse?: boolean;
}

const ACCEPT: OptionTable<AcceptOptions> = {
  ...GIVE_UP,
  into: (value, name) => {
    if (value instanceof OverlappedSocket) return;
    throw new TypeError(`${name} is an OverlappedSocket, got ${describe(value)}`);
  },
};
const IOCTL: OptionTable<IoctlOptions> = { ...GIVE_UP, input: memory, output: memory };
const DISCONNECT: OptionTable<DisconnectOptions> = { ...GIVE_UP, reuse: flag };
const CREATE: OptionTable<OverlappedSocketOptions> = {
  family: checkedLater,
  type: checkedLater,
  protocol: whole(0, 0x7fffffff),
  completionPort: completionPortOption,
  registered: flag,
  wholeDatagrams: flag,
  functions: checkObject,
};

function listOf(memory: ArrayBufferView | undefined): ArrayBufferView[] {
  return memory === undefined ? [] : [memory];
}

let make: (...parts: [CompletionPort, Association, SocketKind, boolean]) => OverlappedSocket;

/**
 * @param registered whether it is for Registered I/O
 * @param fits as for `associateOwn`
 */
function open(
  completionPort: CompletionPort,
  kind: SocketKind,
  registered: boolean,
  fits?: boolean,
): OverlappedSocket {
  const flags = registered ? WSA_FLAG_REGISTERED_IO : 0;
  const association = openSocket(deliveryOf(completionPort), kind, undefined, flags, fits);
  return make(completionPort, association, kind, registered);
}

/**
 * A socket whose operations are promises, one for each overlapped call of Winsock.
 *
 * The memory of a call belongs to the system until its promise settles: it must be neither changed
 * nor transferred until then. It is kept alive whatever happens meanwhile. One send or receive
 * takes up to 16 pieces of memory, of less than 4 GiB in all. Every promise may reject with WinsockError (WSAENOTSOCK
 * where the socket is closed, WSA_INVALID_HANDLE where the completion port is, WSAETIMEDOUT after `timeout`
 * milliseconds), with TypeError or RangeError for arguments that are none, and with the signal's reason.
 */
export class OverlappedSocket extends OverlappedTransfers {
  /** Whether it is for Registered I/O. */
  readonly #registered: boolean;

  static {
    make = (...parts) => new this(OURS, ...parts);
  }

  private constructor(
    key: Ours,
    completionPort: CompletionPort,
    association: Association,
    kind: SocketKind,
    registered: boolean,
  ) {
    super(completionPort, association, kind);
    requireOurs(key, 'OverlappedSocket');
    this.#registered = registered;
  }

  /**
   * Makes a socket for overlapped use, and puts it on the completion port.
   *
   * @throws WinsockError as WSASocketW fails, also where the port is closed; TypeError and RangeError for
   *   options that are none
   */
  static create(options?: OverlappedSocketOptions): OverlappedSocket {
    const given = optionsOf(options, 'OverlappedSocket.create', CREATE);
    const { family = 'IPv4', type = 'stream', functions, registered = false } = given;
    const { wholeDatagrams = false } = given;
    const usual = usualKind(familyNumber(family), typeNumber(type));
    const protocol = given.protocol ?? usual.protocol;
    const kind: SocketKind = { ...usual, protocol, ...(functions && { functions }) };
    if (wholeDatagrams && (kind.type !== SOCK_DGRAM || !isInternet(kind.family))) {
      throw new TypeError('wholeDatagrams is for datagrams of IPv4 and IPv6');
    }
    const fits = wholeDatagrams || undefined;
    return open(given.completionPort ?? CompletionPort.default, kind, registered, fits);
  }

  /**
   * AcceptEx. Resolves to a connected socket on the same port: a new one, or `into`, which must be of
   * the same kind and neither bound nor connected, or disconnected for reuse. A new one is closed
   * where accepting fails.
   *
   * @throws by rejection: WinsockError as AcceptEx fails; otherwise as the class says
   */
  accept(options?: AcceptOptions): Promise<OverlappedSocket> {
    return withOptions(options, 'accept', ACCEPT, ({ into, ...giveUp }) =>
      this.#accept(into, giveUp),
    );
  }

  #accept(into: OverlappedSocket | undefined, giveUp: OperationOptions): Promise<OverlappedSocket> {
    if (into && into.completionPort !== this.completionPort) {
      throw new TypeError('the socket to accept into is on another port');
    }
    let accepted: OverlappedSocket;
    const done = performOn(
      this,
      (operation) => {
        accepted = into ?? open(this.completionPort, this.kind, this.#registered);
        const handle = accepted.association.handleFor('AcceptEx');
        return startAccept(operation, this.association, this.kind, handle);
      },
      () => {
        const listening = this.#handleAfter('AcceptEx');
        const code = updateAcceptContext(listening, accepted.#handleAfter('AcceptEx'));
        check(code, 'setsockopt(SO_UPDATE_ACCEPT_CONTEXT)');
        return accepted;
      },
      'AcceptEx',
      giveUp,
    );
    // The start may have failed before there was one, which the compiler does not see.
    if (!into) done.catch(() => (accepted as OverlappedSocket | undefined)?.close());
    return done;
  }

  /**
   * ConnectEx, for sockets of IPv4 and IPv6; one that is not bound is bound to the wildcard address first.
   * Others are connected by `connect` on another thread; to give that up closes the socket. The unspecified
   * address means this computer.
   *
   * @throws by rejection: WinsockError as connecting fails, WSAECONNREFUSED and the like; otherwise as the class says
   */
  connect(address: AddressLike, options?: OperationOptions): Promise<void> {
    return withOptions(options, 'connect', GIVE_UP, (giveUp) => {
      const sockaddr = encodeAddress(address);
      const { family } = this.kind;
      if (connectsElsewhere(family)) return connectAndWait(this.association, sockaddr, giveUp);
      return performOn(
        this,
        (operation) => {
          if (!isBound(this.handle)) bindSocket(this.handle, anyAddress(family));
          return startConnect(operation, this.association, this.kind, sockaddr);
        },
        () => {
          const code = updateConnectContext(this.#handleAfter('ConnectEx'));
          check(code, 'setsockopt(SO_UPDATE_CONNECT_CONTEXT)');
        },
        'ConnectEx',
        giveUp,
      );
    });
  }

  /**
   * DisconnectEx. With `reuse` the socket can be connected or accepted into again afterwards; on the side
   * that disconnects first that may take as long as TCP's TIME_WAIT, about four minutes.
   *
   * @throws by rejection: WinsockError as DisconnectEx fails; otherwise as the class says
   */
  disconnect(options?: DisconnectOptions): Promise<void> {
    return withOptions(options, 'disconnect', DISCONNECT, ({ reuse = false, ...giveUp }) =>
      performOn(
        this,
        (operation) => startDisconnect(operation, this.association, this.kind, reuse),
        () => undefined,
        'DisconnectEx',
        giveUp,
      ),
    );
  }

  /**
   * WSAIoctl. Resolves to how many bytes of the output were filled. Requests that wait, such as SIO_ADDRESS_LIST_CHANGE,
   * go on until what they wait for has come.
   *
   * @param code the request, one of SIO_
   * @throws by rejection: WinsockError as WSAIoctl fails; otherwise as the class says
   */
  ioctl(code: number, options?: IoctlOptions): Promise<number> {
    return withOptions(options, 'ioctl', IOCTL, ({ input, output, ...giveUp }) => {
      bits32(code, 'ioctl: code');
      return lendToSend(listOf(input), (given) =>
        lendToReceive(listOf(output), (taken) =>
          performOn(
            this,
            (operation) =>
              startIoctl(
                operation,
                this.association,
                code >>> 0,
                given.pieces[0],
                taken.pieces[0],
                [given.kept, taken.kept],
              ),
            (operation) => {
              const bytes = filledBytes(operation);
              taken.received(bytes);
              return bytes;
            },
            'WSAIoctl',
            giveUp,
          ),
        ),
      );
    });
  }

  /** The handle when an operation has succeeded, unless it was closed meanwhile. */
  #handleAfter(syscall: string): number {
    if (this.association.closed) throw new WinsockError(WSA_OPERATION_ABORTED, syscall);
    return this.handle;
  }
}
