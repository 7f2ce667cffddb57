import { WSAEMSGSIZE } from '../../../defs/winerror.g.ts';
import { MSG_PEEK, SOCK_STREAM } from '../../../defs/winsock2.g.ts';
import type { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { type AddressLike, decodeAddress, encodeAddress } from '../families/address.ts';
import { takeAddress } from '../ops/address.ts';
import { startGatherTo, startReceiveFrom } from '../ops/datagram.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { lendToReceive, lendToSend } from '../ops/lend.ts';
import { startReceiveMessage, startSendMessage, takeMessage } from '../ops/message.ts';
import { bytesOf } from '../ops/perform.ts';
import type { Piece } from '../ops/pieces.ts';
import { startReceive, startScatter } from '../ops/receive.ts';
import { startGather } from '../ops/send.ts';
import {
  type FilePart,
  type PacketElement,
  packetElements,
  roomForElements,
  startTransmitPackets,
  transmitFile,
} from '../ops/transmit.ts';
import { bits32, checkedLater, flag, memory, whole } from '../options/kinds.ts';
import { type OptionTable, optionsOf, withOptions } from '../options/options.ts';
import { deliveryOf } from '../port/port.ts';
import { listOf } from '../sockets/data.ts';
import { performOn } from './on-port.ts';
import { OverlappedBase } from './overlapped-base.ts';
import type {
  MessageOptions,
  OutgoingMessage,
  PacketPart,
  ReceivedDatagram,
  ReceivedMessage,
  TransferOptions,
  TransmitFileOptions,
} from './overlapped-types.ts';

/** All that can come with one datagram fits into far less. */
const MOST_CONTROL_BYTES = 65536;

const offset = whole(0, Number.MAX_SAFE_INTEGER);
/** In bytes; how many of them one call sends is the business of the call. */
const length = whole(0, 0xfffffffe);

const TRANSFER: OptionTable<TransferOptions> = { ...GIVE_UP, flags: bits32 };
const RECEIVE_MESSAGE: OptionTable<MessageOptions> = {
  ...TRANSFER,
  controlBytes: whole(0, MOST_CONTROL_BYTES),
};
const MESSAGE: OptionTable<OutgoingMessage> = {
  data: checkedLater,
  to: checkedLater,
  control: memory,
};
const TRANSMIT_FILE: OptionTable<TransmitFileOptions> = {
  ...TRANSFER,
  offset,
  length,
  head: memory,
  tail: memory,
};
const END_OF_PACKET = { endOfPacket: flag };
const FILE_PART: OptionTable<FilePart & { endOfPacket?: boolean }> = {
  ...END_OF_PACKET,
  handle: checkedLater,
  offset,
  length,
};

/** The overlapped calls that move data. */
export abstract class OverlappedTransfers extends OverlappedBase {
  /**
   * WSARecv. Resolves to how many bytes came; 0 is the end of the stream.
   *
   * @throws by rejection: WinsockError as WSARecv fails; otherwise as the class says
   */
  receive(
    into: ArrayBufferView | readonly ArrayBufferView[],
    options?: TransferOptions,
  ): Promise<number> {
    return withOptions(options, 'receive', TRANSFER, ({ flags, ...giveUp }) =>
      lendToReceive(asList(into), (lent) =>
        performOn(
          this,
          (operation) => startScatter(operation, this.association, lent.pieces, lent.kept, flags),
          ({ bytes }) => {
            lent.received(bytes);
            return bytes;
          },
          'WSARecv',
          giveUp,
        ),
      ),
    );
  }

  /**
   * WSARecv of nothing: resolves when there is something to receive, or the stream has ended.
   *
   * @throws by rejection: WinsockError as WSARecv fails; otherwise as the class says
   */
  readable(options?: OperationOptions): Promise<void> {
    // A datagram would be taken although none of it fits.
    const flags = this.kind.type === SOCK_STREAM ? 0 : MSG_PEEK;
    const done: Promise<void> = withOptions(options, 'readable', GIVE_UP, (giveUp) =>
      performOn(
        this,
        (operation) => startReceive(operation, this.association, 0, 0, undefined, flags),
        () => undefined,
        'WSARecv',
        giveUp,
      ),
    );
    if (flags === 0) return done;
    return done.catch((error: WinsockError) => {
      // A datagram is there; that it does not fit into no memory at all is no failure.
      if (error.errno !== WSAEMSGSIZE) throw error;
    });
  }

  /**
   * WSASend. Resolves to how many bytes went.
   *
   * @throws by rejection: WinsockError as WSASend fails; otherwise as the class says
   */
  send(
    from: ArrayBufferView | readonly ArrayBufferView[],
    options?: TransferOptions,
  ): Promise<number> {
    return withOptions(options, 'send', TRANSFER, ({ flags, ...giveUp }) =>
      lendToSend(asList(from), (lent) =>
        performOn(
          this,
          (operation) => startGather(operation, this.association, lent.pieces, lent.kept, flags),
          bytesOf,
          'WSASend',
          giveUp,
        ),
      ),
    );
  }

  /**
   * WSARecvFrom. Resolves to how many bytes came, and the address of their sender.
   *
   * @throws by rejection: WinsockError as WSARecvFrom fails, WSAEMSGSIZE where the memory is too short; otherwise as
   *   the class says
   */
  receiveFrom(into: ArrayBufferView, options?: TransferOptions): Promise<ReceivedDatagram> {
    return withOptions(options, 'receiveFrom', TRANSFER, ({ flags, ...giveUp }) =>
      lendToReceive([into], (lent) =>
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
          giveUp,
        ),
      ),
    );
  }

  /**
   * WSASendTo. Resolves to how many bytes went. The unspecified address means this computer.
   *
   * @throws by rejection: WinsockError as WSASendTo fails; otherwise as the class says
   */
  sendTo(
    from: ArrayBufferView | readonly ArrayBufferView[],
    to: AddressLike,
    options?: TransferOptions,
  ): Promise<number> {
    return withOptions(options, 'sendTo', TRANSFER, ({ flags, ...giveUp }) => {
      const sockaddr = encodeAddress(to);
      return lendToSend(asList(from), (lent) =>
        performOn(
          this,
          (operation) => {
            const { pieces } = lent;
            return startGatherTo(operation, this.association, pieces, sockaddr, lent.kept, flags);
          },
          bytesOf,
          'WSASendTo',
          giveUp,
        ),
      );
    });
  }

  /**
   * WSARecvMsg: a datagram with control data, of what was asked for by socket options
   * (IP_PKTINFO and the like). `controlBytes` is the room for control data in bytes: 0 to 65536,
   * default 512.
   *
   * @throws by rejection: WinsockError as WSARecvMsg fails, or where the provider has none; otherwise as the class says
   */
  receiveMessage(
    into: ArrayBufferView | readonly ArrayBufferView[],
    options?: MessageOptions,
  ): Promise<ReceivedMessage> {
    return withOptions(options, 'receiveMessage', RECEIVE_MESSAGE, (given) => {
      const { controlBytes = 512, flags, ...giveUp } = given;
      const control = new Uint8Array(new ArrayBuffer(controlBytes));
      return lendToReceive(asList(into), (data) =>
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
            giveUp,
          ),
        ),
      );
    });
  }

  /**
   * WSASendMsg: a datagram with control data. Resolves to how many bytes went. The unspecified address
   * means this computer.
   *
   * @throws by rejection: WinsockError as WSASendMsg fails; otherwise as the class says
   */
  sendMessage(message: OutgoingMessage, options?: TransferOptions): Promise<number> {
    return withOptions(options, 'sendMessage', TRANSFER, ({ flags, ...giveUp }) => {
      const { data, to, control } = optionsOf(message, 'sendMessage', MESSAGE);
      const sockaddr = to === undefined ? null : encodeAddress(to);
      return lendToSend(asList(data), (lent) =>
        lendToSend(control ? [control] : [], (around) =>
          performOn(
            this,
            (operation) =>
              startSendMessage(
                operation,
                this.association,
                lent.pieces,
                sockaddr,
                around.pieces[0] ?? null,
                [lent.kept, around.kept],
                flags,
              ),
            bytesOf,
            'WSASendMsg',
            giveUp,
          ),
        ),
      );
    });
  }

  /**
   * TransmitFile. `file` is the handle of an open file, or 0. Resolves to how many bytes went; one call
   * sends up to 2147483646 bytes of a file.
   *
   * @throws by rejection: WinsockError as TransmitFile fails; otherwise as the class says
   */
  transmitFile(file: number, options?: TransmitFileOptions): Promise<number> {
    return withOptions(options, 'transmitFile', TRANSMIT_FILE, (given) => {
      const { offset = 0, length = 0, head, tail, flags, ...giveUp } = given;
      checkHandle(file);
      const part: FilePart = { handle: file, offset, length };
      const target = {
        delivery: deliveryOf(this.completionPort),
        on: this.association,
        kind: this.kind,
      };
      return transmitFile(target, part, head, tail, flags, giveUp);
    });
  }

  /**
   * TransmitPackets: memory and parts of files, sent by the system itself. Resolves to how many bytes
   * went.
   *
   * @throws by rejection: WinsockError as TransmitPackets fails, or where the provider has none; otherwise as the
   *   class says
   */
  transmitPackets(parts: readonly PacketPart[], options?: TransferOptions): Promise<number> {
    return withOptions(options, 'transmitPackets', TRANSFER, ({ flags, ...giveUp }) => {
      const list = listOf(parts, readPart);
      const memory = list.map(({ memory }) => memory).filter((view) => view !== undefined);
      const elements = roomForElements(list.length);
      return lendToSend(memory, (lent) =>
        lendToSend([elements], (array) =>
          performOn(
            this,
            (operation) => {
              fillElements(elements, list, lent.pieces);
              return startTransmitPackets(
                operation,
                this.association,
                this.kind,
                array.pieces[0]!,
                list.length,
                [lent.kept, array.kept],
                flags,
              );
            },
            bytesOf,
            'TransmitPackets',
            giveUp,
          ),
        ),
      );
    });
  }
}

/** One piece of memory, or several. */
function asList(value: ArrayBufferView | readonly ArrayBufferView[]): readonly ArrayBufferView[] {
  // `isArray` alone tells nothing of what a read-only array may be.
  if (!Array.isArray(value)) return [value as ArrayBufferView];
  return listOf(value as readonly ArrayBufferView[], (view) => view);
}

/** A part of what TransmitPackets sends, as it was said. */
interface Part {
  readonly memory?: ArrayBufferView;
  readonly file?: FilePart;
  readonly endOfPacket: boolean;
}

function readPart(part: PacketPart): Part {
  if (ArrayBuffer.isView(part)) {
    const { endOfPacket } = optionsOf(
      { endOfPacket: part.endOfPacket },
      'transmitPackets',
      END_OF_PACKET,
    );
    return { memory: part, endOfPacket: endOfPacket ?? false };
  }
  const { endOfPacket = false, ...file } = optionsOf(part, 'transmitPackets', FILE_PART);
  checkHandle(file.handle);
  return { file: { ...file, offset: file.offset ?? 0, length: file.length ?? 0 }, endOfPacket };
}

/** @param pieces where the memory among the parts is, in its order */
function fillElements(
  elements: Uint8Array,
  parts: readonly Part[],
  pieces: readonly Piece[],
): void {
  let next = 0;
  const made = parts.map(
    ({ file, endOfPacket }): PacketElement =>
      file ? { file, endOfPacket } : { memory: pieces[next++]!, endOfPacket },
  );
  elements.set(packetElements(made));
}

function checkHandle(file: unknown): void {
  if (Number.isSafeInteger(file)) return;
  throw new TypeError(`the handle of a file is a number, got ${describe(file)}`);
}
