/** What is behind a TcpSocket: the two halves of its connection, and its way from open to closed. */
import type { SocketKind } from '../calls/extensions.ts';
import type { FileTarget } from '../files/job.ts';
import { type DetachOptions, Leaving } from '../handles/detach.ts';
import type { DetachedSocket } from '../handles/foreign.ts';
import type { Association } from '../port/association.ts';
import type { Deferred, Delivery, Dependent } from '../port/delivery.ts';
import type { Emitter } from '../port/listeners.ts';
import { IdleTimer } from '../sockets/idle-timer.ts';
import { Life } from '../sockets/life.ts';
import { Receiver, type ReceiverOwner } from './receiver.ts';
import { Sender, type SenderOwner } from './sender.ts';
import type { TcpSocketEvents } from './tcp-types.ts';
import { type UrgentOwner, UrgentReceiver } from './urgent.ts';

/** The TcpSocket, to which its connection tells what happens. */
export interface ConnectionFace extends Pick<Emitter<TcpSocketEvents>, 'emit' | 'listenerCount'> {
  readonly allowHalfOpen: boolean;
}

/** Whoever keeps a list of connections. */
export interface ConnectionKeeper {
  /** Everything is over; `close` follows. */
  left(face: ConnectionFace): void;
}

export class Connection
  implements ReceiverOwner, SenderOwner, UrgentOwner, FileTarget, Dependent, Deferred
{
  place = -1;
  readonly delivery: Delivery;
  readonly on: Association;
  readonly kind: SocketKind;
  readonly receiver: Receiver;
  readonly sender: Sender;
  readonly #face: ConnectionFace;
  readonly #life: Life;
  readonly #keeper: ConnectionKeeper | undefined;
  /** Made when somebody wants one. */
  #idleTimer: IdleTimer | undefined;
  #urgent: UrgentReceiver | undefined;
  /** Whether the SOCKET is being given away. */
  #leaving: Leaving | undefined;

  /**
   * @param on a connected socket's
   * @param kind its family, type and protocol
   * @param highWaterMark unsent bytes from which on a write gives false
   * @param unread what was received before
   * @param keeper is told when it is over
   */
  constructor(
    face: ConnectionFace,
    delivery: Delivery,
    on: Association,
    kind: SocketKind,
    highWaterMark: number,
    unread: Uint8Array | undefined,
    keeper: ConnectionKeeper | undefined,
  ) {
    this.#face = face;
    this.#keeper = keeper;
    this.delivery = delivery;
    this.on = on;
    this.kind = kind;
    this.#life = new Life(on);
    this.receiver = new Receiver(delivery, on, this, unread);
    this.sender = new Sender(delivery, on, this, highWaterMark);
    delivery.dependents.add(this);
    this.receiver.ask();
  }

  get error(): Error | undefined {
    return this.#life.error;
  }

  get closed(): Promise<void> {
    return this.#life.closed;
  }

  get isOpen(): boolean {
    return this.#life.isOpen;
  }

  get writable(): boolean {
    return this.#life.isOpen && !this.#leaving?.begun && this.sender.outgoing === 'open';
  }

  get finished(): boolean {
    return this.sender.outgoing === 'finished';
  }

  /** Receives out-of-band data from now on; while the socket is being given away, when that has failed. */
  receiveUrgent(): void {
    if (this.#urgent || this.#leaving?.begun || !this.#life.isOpen) return;
    const { receiver } = this;
    const urgent = new UrgentReceiver(this.delivery, this.on, this, () => receiver.run());
    this.#urgent = urgent;
    receiver.receiveOnlyWhere(() => urgent.mayReceive());
  }

  end(): Promise<void> {
    const ended = this.sender.end();
    if (this.#life.isClosed) this.sender.release();
    return ended;
  }

  destroy(error?: Error): void {
    if (error) this.#life.fail(error);
    if (!this.#life.destroy()) return;
    this.#idleTimer?.stop();
    this.sender.flushNow();
    this.#life.closeHandle();
    this.delivery.defer(this);
  }

  run(): void {
    this.idle();
  }

  /** @param options that were checked */
  async detach(options: DetachOptions): Promise<DetachedSocket> {
    this.#leaving ??= new Leaving(this.on);
    this.sender.uncork();
    const sent = this.sender.isIdle ? undefined : () => this.sender.inTurn(async () => 0);
    let handle: number;
    try {
      handle = await this.#leaving.giveBack(options, sent, this.receiver);
    } catch (error) {
      if (!this.#leaving.begun && this.#face.listenerCount('urgent') > 0) this.receiveUrgent();
      throw this.error ?? error;
    }
    const unread = this.receiver.takeUnread();
    this.#life.destroy();
    this.#idleTimer?.stop();
    this.idle();
    return unread.length > 0 ? { handle, unread } : { handle };
  }

  inTurn(send: () => Promise<number>): Promise<number> {
    return this.sender.inTurn(send);
  }

  /** Has somebody told when nothing has happened for so many milliseconds; 0: never. */
  whenIdle(milliseconds: number, tell: () => void): void {
    this.#idleTimer?.stop();
    if (!this.isOpen) return;
    this.#idleTimer ??= new IdleTimer();
    this.#idleTimer.start(milliseconds, tell);
  }

  active(): void {
    this.#idleTimer?.active();
  }

  data(chunk: Buffer): void {
    this.#face.emit('data', chunk);
  }

  urgent(data: Buffer): void {
    this.#idleTimer?.active();
    this.#face.emit('urgent', data);
  }

  drained(): void {
    this.#face.emit('drain');
  }

  failed(code: number, syscall: string): void {
    this.#life.fail({ code, syscall });
    this.destroy();
  }

  failedWith(error: Error): void {
    this.destroy(error);
  }

  ended(): void {
    try {
      this.#face.emit('end');
    } finally {
      this.#endAfterPeer();
    }
  }

  endSent(): void {
    this.receiver.tellEnd();
    this.#destroyWhenOver();
  }

  #endAfterPeer(): void {
    if (this.#face.allowHalfOpen) {
      this.#destroyWhenOver();
    } else if (this.sender.isIdle) {
      // Closing ends our half as well as shutting it down first would.
      this.destroy();
    } else {
      void this.end();
    }
  }

  #destroyWhenOver(): void {
    if (this.receiver.incoming === 'told' && this.finished) this.destroy();
  }

  /** Closes where nothing is pending any more. */
  idle(): void {
    if (this.#life.isClosed || this.receiver.underWay || this.sender.underWay > 0) return;
    if (this.#urgent?.underWay) return;
    this.delivery.dependents.delete(this);
    this.receiver.release();
    this.#urgent?.release();
    this.#life.close();
    this.sender.release();
    try {
      if (this.#life.hasFailed && this.#face.listenerCount('error') > 0) {
        this.#face.emit('error', this.error!);
      }
    } finally {
      this.#keeper?.left(this.#face);
      this.#face.emit('close', this.#life.hasFailed);
    }
  }
}
