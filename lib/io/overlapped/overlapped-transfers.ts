import { WSAEMSGSIZE } from '../../../defs/winerror.g.ts';
import { MSG_PEEK, SOCK_STREAM } from '../../../defs/winsock2.g.ts';
import type { WinsockError } from '../../ffi/errors/errors.ts';
import { takeAddress } from '../ops/address.ts';
import { startGatherTo, startReceiveFrom } from '../ops/datagram.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { lendToReceive, lendToSend } from '../ops/lend.ts';
import { startReceiveMessage, startSendMessage, takeMessage } from '../ops/message.ts';
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
import { type AddressLike, decodeAddress, encodeAddress } from '../sockets/address.ts';
import { bytesOf, performOn } from './on-port.ts';
import { OverlappedBase } from './overlapped-base.ts';
import type {
  PacketPart,
  ReceivedDatagram,
  ReceivedMessage,
  TransferOptions,
  TransmitFileOptions,
} from './overlapped-types.ts';

/** The overlapped calls that move data. */
export abstract class OverlappedTransfers extends OverlappedBase {
  /** WSARecv. Resolves to how many bytes came; 0 is the end of the stream. */
  receive(
    into: ArrayBufferView | readonly ArrayBufferView[],
    options?: TransferOptions,
  ): Promise<number> {
    const { flags } = options ?? {};
    return lendToReceive(asList(into), (lent) =>
      performOn(
        this,
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
    const done: Promise<void> = performOn(
      this,
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
      performOn(
        this,
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
      performOn(
        this,
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
      performOn(
        this,
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
        performOn(
          this,
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
        performOn(
          this,
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
        performOn(
          this,
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
        performOn(
          this,
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
