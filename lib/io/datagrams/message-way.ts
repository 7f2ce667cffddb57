/** Receiving by WSARecvMsg: where more is wanted of a datagram than its data and its sender. */
import { bytesOf, giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { receiveMessageNow, startReceiveMessage, takeMessage } from '../ops/message.ts';
import type { Association } from '../port/association.ts';
import type { Operation } from '../port/operation.ts';
import type { DatagramDetails, DetailsReader } from './datagram-details.ts';

/** In bytes: all that can be asked for fits. */
const CONTROL_BYTES = 512;

/** The receives of one operation by WSARecvMsg, with the memory that control data comes to. */
export class MessageWay {
  readonly #kind: SocketKind;
  readonly #details: DetailsReader;
  #control: PooledBuffer | undefined;

  constructor(kind: SocketKind, details: DetailsReader) {
    this.#kind = kind;
    this.#details = details;
  }

  /** As `receiveFromNow`. */
  receiveNow(operation: Operation, on: Association, address: number, length: number): number {
    return receiveMessageNow(operation, on, this.#kind, { address, length }, this.#piece());
  }

  /** As `startReceiveFrom`. */
  receiveLater(
    operation: Operation,
    on: Association,
    address: number,
    length: number,
    kept: unknown,
  ): number {
    const data = [{ address, length }];
    return startReceiveMessage(operation, on, this.#kind, data, this.#piece(), [
      kept,
      this.#control,
    ]);
  }

  /** What the system has told of the datagram that a receive has brought; its sender is then in the record. */
  take(operation: Operation): DatagramDetails {
    const { controlLength, flags } = takeMessage(operation);
    return this.#details.read(
      bytesOf(this.#control!),
      Math.min(controlLength, CONTROL_BYTES),
      flags,
    );
  }

  #piece(): { address: number; length: number } {
    this.#control ??= takeBuffer(0);
    return { address: this.#control.address, length: CONTROL_BYTES };
  }

  /** Gives the memory back. Nothing may be under way. */
  release(): void {
    if (this.#control) giveBuffer(this.#control);
    this.#control = undefined;
  }
}
