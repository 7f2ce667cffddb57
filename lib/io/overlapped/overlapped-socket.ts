import { WSAEMSGSIZE } from '../../../defs/winerror.g.ts';
import {
  MSG_PEEK,
  SOCK_STREAM,
  WSA_FLAG_REGISTERED_IO,
  WSA_OPERATION_ABORTED,
} from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, AF_UNIX } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { check } from '../calls/check.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { bindSocket, connectSocket, isBound } from '../calls/socket-calls.ts';
import { startAccept, updateAcceptContext } from '../ops/accept.ts';
import { takeAddress } from '../ops/address.ts';
import { startConnect, updateConnectContext } from '../ops/connect.ts';
import { startGatherTo, startReceiveFrom } from '../ops/datagram.ts';
import { startDisconnect } from '../ops/disconnect.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { lendToReceive, lendToSend } from '../ops/lend.ts';
import { startReceiveMessage, startSendMessage, takeMessage } from '../ops/message.ts';
import { performOn } from '../ops/perform.ts';
import type { Piece } from '../ops/pieces.ts';
import { startReceive, startScatter } from '../ops/receive.ts';
import { startGather } from '../ops/send.ts';
import {
  type FilePart,
  type PacketElement,
  packetElements,
  startTransmitFile,
  startTransmitPackets,
} from '../ops/transmit.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type Operation } from '../port/operation.ts';
import { CompletionPort, deliveryOf } from '../port/port.ts';
import {
  type AddressLike,
  anyAddress,
  decodeAddress,
  encodeAddress,
  familyOf,
} from '../sockets/address.ts';
import { familyNumber, typeNumber } from '../sockets/family.ts';
import { openSocket, usualKind } from '../sockets/open.ts';
import { OverlappedBase } from './overlapped-base.ts';
import type {
  OverlappedSocketOptions,
  PacketPart,
  ReceivedDatagram,
  ReceivedMessage,
  TransferOptions,
  TransmitFileOptions,
} from './overlapped-types.ts';

/** How to accept. */
export interface AcceptOptions extends OperationOptions {
  /** The socket for the connection. Default: a new one. */
  into?: OverlappedSocket;
}

let make: (...parts: [CompletionPort, Association, SocketKind, boolean]) => OverlappedSocket;

/** @param registered whether it is for Registered I/O */
function open(
  completionPort: CompletionPort,
  kind: SocketKind,
  registered: boolean,
): OverlappedSocket {
  const flags = registered ? WSA_FLAG_REGISTERED_IO : 0;
  const association = openSocket(deliveryOf(completionPort), kind, undefined, flags);
  return make(completionPort, association, kind, registered);
}

/**
 * A socket whose operations are promises, one for each overlapped call of Winsock.
 *
 * The memory of a call belongs to the system until its promise settles: it must be neither changed
 * nor transferred until then. It is kept alive whatever happens meanwhile. One send or receive
 * takes up to 16 pieces of memory, of less than 4 GiB in all. Every promise may reject with WinsockError (WSAENOTSOCK
 * where the socket is closed, WSAETIMEDOUT after `timeout` milliseconds), with TypeError or RangeError
 * for arguments that are none, with Error where the completion port is closed, and with the signal's
 * reason.
 */
export class OverlappedSocket extends OverlappedBase {
  readonly #delivery: Delivery;
  /** Whether it is for Registered I/O. */
  readonly #registered: boolean;

  static {
    make = (...parts) => new this(...parts);
  }

  private constructor(
    completionPort: CompletionPort,
    association: Association,
    kind: SocketKind,
    registered: boolean,
  ) {
    super(completionPort, association, kind);
    this.#delivery = deliveryOf(completionPort);
    this.#registered = registered;
  }

  /**
   * Makes a socket for overlapped use, and puts it on the completion port.
   *
   * @throws WinsockError as WSASocketW fails; TypeError for a family or type that is none; Error
   *   where the port is closed
   */
  static create(options: OverlappedSocketOptions = {}): OverlappedSocket {
    const { family = 'IPv4', type = 'stream', functions, registered = false } = options;
    const usual = usualKind(familyNumber(family), typeNumber(type));
    const protocol = options.protocol ?? usual.protocol;
    const kind: SocketKind = { ...usual, protocol, ...(functions && { functions }) };
    return open(options.completionPort ?? CompletionPort.default, kind, registered);
  }

  /**
   * AcceptEx. Resolves to a connected socket on the same port: a new one, or `into`, which must be of
   * the same kind and neither bound nor connected, or disconnected for reuse. A new one is closed
   * where accepting fails.
   */
  accept(options: AcceptOptions = {}): Promise<OverlappedSocket> {
    const { into } = options;
    if (into && into.completionPort !== this.completionPort) {
      return Promise.reject(new TypeError('the socket to accept into is on another port'));
    }
    let accepted: OverlappedSocket;
    const done = this.#perform(
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
      options,
    );
    if (!into) done.catch(() => (accepted as OverlappedSocket | undefined)?.close());
    return done;
  }

  /**
   * ConnectEx. A socket of IPv4 or IPv6 is bound to the wildcard address first where it is not bound.
   * A Unix socket is connected by `connect`, which waits on this thread where the queue of the listener
   * is full. The unspecified address means this computer.
   */
  connect(address: AddressLike, options?: OperationOptions): Promise<void> {
    return this.#perform(
      (operation) => {
        const sockaddr = encodeAddress(address);
        const { handle } = this;
        const family = familyOf(sockaddr);
        if (family === AF_UNIX) {
          connectSocket(handle, sockaddr);
          operation.code = 0;
          return COMPLETED;
        }
        // What addresses of other families look like is not known here.
        const isInternet = family === AF_INET || family === AF_INET6;
        if (isInternet && !isBound(handle)) bindSocket(handle, anyAddress(family));
        return startConnect(operation, this.association, this.kind, sockaddr);
      },
      () => {
        if (this.kind.family === AF_UNIX) return;
        const code = updateConnectContext(this.#handleAfter('ConnectEx'));
        check(code, 'setsockopt(SO_UPDATE_CONNECT_CONTEXT)');
      },
      'ConnectEx',
      options,
    );
  }

  /** WSARecv. Resolves to how many bytes came; 0 is the end of the stream. */
  receive(
    into: ArrayBufferView | readonly ArrayBufferView[],
    options?: TransferOptions,
  ): Promise<number> {
    const { flags } = options ?? {};
    return lendToReceive(asList(into), (lent) =>
      this.#perform(
        (operation) => startScatter(operation, this.association, lent.pieces, lent.kept, flags),
        ({ bytes }) => {
          lent.received(bytes);
          return bytes;
        },
        'WSARecv',
        options,
      ),
    );
  }

  /** WSARecv of nothing: resolves when there is something to receive, or the stream has ended. */
  readable(options?: OperationOptions): Promise<void> {
    // A datagram would be taken although none of it fits.
    const flags = this.kind.type === SOCK_STREAM ? 0 : MSG_PEEK;
    const done: Promise<void> = this.#perform(
      (operation) => startReceive(operation, this.association, 0, 0, undefined, flags),
      () => undefined,
      'WSARecv',
      options,
    );
    if (flags === 0) return done;
    return done.catch((error: WinsockError) => {
      // A datagram is there; that it does not fit into no memory at all is no failure.
      if (error.errno !== WSAEMSGSIZE) throw error;
    });
  }

  /** WSASend. Resolves to how many bytes went. */
  send(
    from: ArrayBufferView | readonly ArrayBufferView[],
    options?: TransferOptions,
  ): Promise<number> {
    const { flags } = options ?? {};
    return lendToSend(asList(from), ({ pieces, kept }) =>
      this.#perform(
        (operation) => startGather(operation, this.association, pieces, kept, flags),
        bytesOf,
        'WSASend',
        options,
      ),
    );
  }

  /** WSARecvFrom. Resolves to how many bytes came, and the address of their sender. */
  receiveFrom(into: ArrayBufferView, options?: TransferOptions): Promise<ReceivedDatagram> {
    const { flags } = options ?? {};
    return lendToReceive([into], (lent) =>
      this.#perform(
        (operation) => {
          const { address, length } = lent.pieces[0]!;
          return startReceiveFrom(operation, this.association, address, length, lent.kept, flags);
        },
        (operation) => {
          lent.received(operation.bytes);
          return { bytes: operation.bytes, address: decodeAddress(takeAddress(operation)) };
        },
        'WSARecvFrom',
        options,
      ),
    );
  }

  /** WSASendTo. Resolves to how many bytes went. The unspecified address means this computer. */
  sendTo(
    from: ArrayBufferView | readonly ArrayBufferView[],
    to: AddressLike,
    options?: TransferOptions,
  ): Promise<number> {
    const { flags } = options ?? {};
    return lendToSend(asList(from), ({ pieces, kept }) =>
      this.#perform(
        (operation) => {
          const sockaddr = encodeAddress(to);
          return startGatherTo(operation, this.association, pieces, sockaddr, kept, flags);
        },
        bytesOf,
        'WSASendTo',
        options,
      ),
    );
  }

  /**
   * WSARecvMsg: a datagram with control data, of what was asked for by socket options
   * (IP_PKTINFO and the like). `controlBytes` is the room for control data in bytes: 0 to 65536,
   * default 512.
   */
  receiveMessage(
    into: ArrayBufferView | readonly ArrayBufferView[],
    options?: TransferOptions & { controlBytes?: number },
  ): Promise<ReceivedMessage> {
    const { controlBytes = 512, flags } = options ?? {};
    if (!Number.isInteger(controlBytes) || controlBytes < 0 || controlBytes > MOST_CONTROL_BYTES) {
      const room = `control data has room for 0 to ${MOST_CONTROL_BYTES} bytes`;
      return Promise.reject(new RangeError(`${room}, got ${String(controlBytes)}`));
    }
    const list = asList(into);
    const control = new Uint8Array(new ArrayBuffer(controlBytes));
    return lendToReceive(list, (data) =>
      lendToReceive([control], (around) =>
        this.#perform(
          (operation) =>
            startReceiveMessage(
              operation,
              this.association,
              this.kind,
              data.pieces,
              around.pieces[0]!,
              [data.kept, around.kept],
              flags,
            ),
          (operation) => {
            const message = takeMessage(operation);
            data.received(operation.bytes);
            around.received(message.controlLength);
            return {
              bytes: operation.bytes,
              address: decodeAddress(takeAddress(operation)),
              control: control.subarray(0, message.controlLength),
              flags: message.flags,
            };
          },
          'WSARecvMsg',
          options,
        ),
      ),
    );
  }

  /**
   * WSASendMsg: a datagram with control data. Resolves to how many bytes went. The unspecified address
   * means this computer.
   */
  sendMessage(
    message: {
      data: ArrayBufferView | readonly ArrayBufferView[];
      to?: AddressLike;
      /** Control data, a sequence of WSACMSGHDR. See `encodeControlMessages`. */
      control?: ArrayBufferView;
    },
    options?: TransferOptions,
  ): Promise<number> {
    const { data, to, control } = message;
    return lendToSend(asList(data), (lent) =>
      lendToSend(control ? [control] : [], (around) =>
        this.#perform(
          (operation) =>
            startSendMessage(
              operation,
              this.association,
              lent.pieces,
              to ? encodeAddress(to) : null,
              around.pieces[0] ?? null,
              [lent.kept, around.kept],
              options?.flags,
            ),
          bytesOf,
          'WSASendMsg',
          options,
        ),
      ),
    );
  }

  /**
   * TransmitFile. `file` is the handle of an open file, or 0. Resolves to how many bytes went; one call
   * sends up to 2147483646 bytes of a file.
   */
  transmitFile(file: number, options: TransmitFileOptions = {}): Promise<number> {
    const { offset = 0, length = 0, head, tail, flags } = options;
    const part: FilePart = { handle: file, offset, length };
    return lendToSend(head ? [head] : [], (before) =>
      lendToSend(tail ? [tail] : [], (after) =>
        this.#perform(
          (operation) =>
            startTransmitFile(
              operation,
              this.association,
              this.kind,
              part,
              before.pieces[0] ?? null,
              after.pieces[0] ?? null,
              [before.kept, after.kept],
              flags,
            ),
          bytesOf,
          'TransmitFile',
          options,
        ),
      ),
    );
  }

  /**
   * TransmitPackets: memory and parts of files, sent by the system itself. Resolves to how many bytes
   * went.
   */
  transmitPackets(parts: readonly PacketPart[], options?: TransferOptions): Promise<number> {
    const memory = parts.filter((part) => ArrayBuffer.isView(part));
    return lendToSend(memory, (lent) => {
      let next = 0;
      const take = () => lent.pieces[next++]!;
      const elements = packetElements(parts.map((part) => packetElement(part, take)));
      return lendToSend([elements], (array) =>
        this.#perform(
          (operation) =>
            startTransmitPackets(
              operation,
              this.association,
              this.kind,
              array.pieces[0]!,
              parts.length,
              [lent.kept, array.kept],
              options?.flags,
            ),
          bytesOf,
          'TransmitPackets',
          options,
        ),
      );
    });
  }

  /**
   * DisconnectEx. With `reuse` the socket can be connected or accepted into again afterwards; on the side
   * that disconnects first that may take as long as TCP's TIME_WAIT, about four minutes.
   */
  disconnect(options?: OperationOptions & { reuse?: boolean }): Promise<void> {
    const reuse = options?.reuse ?? false;
    return this.#perform(
      (operation) => startDisconnect(operation, this.association, this.kind, reuse),
      () => undefined,
      'DisconnectEx',
      options,
    );
  }

  /** The handle when an operation has succeeded, unless it was closed meanwhile. */
  #handleAfter(syscall: string): number {
    if (this.association.closed) throw new WinsockError(WSA_OPERATION_ABORTED, syscall);
    return this.handle;
  }

  #perform<T>(
    start: (operation: Operation) => number,
    result: (operation: Operation) => T,
    syscall: string,
    options: OperationOptions | undefined,
  ): Promise<T> {
    return performOn(this.#delivery, this.association, start, result, syscall, options);
  }
}

/** All that can come with one datagram fits into far less. */
const MOST_CONTROL_BYTES = 65536;

/** One piece of memory, or several. */
function asList(value: ArrayBufferView | readonly ArrayBufferView[]): readonly ArrayBufferView[] {
  // `isArray` alone tells nothing of what a read-only array may be.
  return Array.isArray(value) ? (value as readonly ArrayBufferView[]) : [value as ArrayBufferView];
}

/** @param take the next piece of memory among the parts */
function packetElement(part: PacketPart, take: () => Piece): PacketElement {
  if (typeof part !== 'object' || part === null) {
    throw new TypeError(`what is sent is memory or a part of a file, got ${String(part)}`);
  }
  const { endOfPacket = false } = part;
  return ArrayBuffer.isView(part) ? { memory: take(), endOfPacket } : { file: part, endOfPacket };
}

function bytesOf(operation: Operation): number {
  return operation.bytes;
}
