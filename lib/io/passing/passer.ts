/** Passes sockets to another process, or to another thread. */

import { WSAEINVAL } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { types } from '../../ffi/native/builtins.ts';
import { dropSocket } from '../calls/create-socket.ts';
import { type DetachedSocket, type SocketSource, sourceOf } from '../handles/foreign.ts';
import { GIVE_UP, limited, type OperationOptions, within } from '../ops/give-up.ts';
import { withOptions } from '../options/options.ts';
import { inThisContext } from '../port/listeners.ts';
import { TcpSocket } from '../streams/tcp-socket.ts';
import { type ChannelLike, channelOf, isOver, type SocketChannel } from './channel.ts';
import { duplicateFor, openDuplicate } from './duplicate.ts';

/** A socket that the other end has passed: `TcpSocket.from` and its kin take it. */
export interface PassedSocket extends DetachedSocket {
  /** What was said with it. */
  readonly detail: unknown;
}

/** What is said between the ends. Each message goes with `winsock`, by which it is known. */
type Said =
  | { readonly what: 'hello'; readonly processId: number; readonly answer: boolean }
  /** A socket will follow: is somebody there who takes it? */
  | { readonly what: 'offer'; readonly id: number }
  | { readonly what: 'ready'; readonly id: number }
  | {
      readonly what: 'socket';
      readonly id: number;
      /** A SOCKET of this process, or the WSAPROTOCOL_INFOW of one for it, as base64. */
      readonly socket: number | string;
      readonly unread: string;
      readonly detail: unknown;
    }
  | { readonly what: 'taken'; readonly id: number }
  | {
      readonly what: 'refused';
      readonly id: number;
      readonly errno: number;
      readonly syscall: string;
    }
  /** This end takes and passes nothing any more; another may come in its place. */
  | { readonly what: 'closed' };

type Message = Said & { readonly winsock: 'sockets' };

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * One end of a channel over which sockets are passed, both ways. Both ends have one. A socket stays open here until
 * the other end has it; then it is closed here, which the peer does not notice.
 */
export class SocketPasser {
  readonly #channel: SocketChannel;
  readonly #onSocket: (socket: PassedSocket) => void;
  readonly #stop: () => void;
  /** The process at the other end, once it has said so. */
  #other: number | undefined;
  #known!: Promise<void>;
  #knows!: Waiting;
  readonly #waiting = new Map<number, Waiting>();
  /** The sockets that the other end may send: it was told that somebody is here who takes them. */
  readonly #expected = new Set<number>();
  #next = 0;
  #ended = false;

  /**
   * @param channel a child process, `process` in a child, a Worker, a MessagePort, or a channel of the program's own
   * @param onSocket is given each socket that comes, which is its own to close. Where it throws, the socket is closed
   * @throws TypeError for what is no channel and no function
   */
  constructor(channel: ChannelLike, onSocket: (socket: PassedSocket) => void) {
    this.#channel = channelOf(channel);
    this.#onSocket = inThisContext(onSocket);
    this.#awaitOther();
    this.#stop = this.#channel.listen(
      (message) => this.#told(message),
      () => this.#end(aborted()),
    );
    if (isOver(channel)) this.#end(aborted());
    else this.#hello(false);
  }

  #awaitOther(): void {
    this.#other = undefined;
    this.#known = new Promise((resolve, reject) => {
      this.#knows = { resolve, reject };
    });
    // Nobody may wait for it.
    this.#known.catch(() => undefined);
  }

  /**
   * Passes a socket. Resolves when the other end has it. Where it rejects the socket is still here: a TcpSocket that
   * was not given back yet goes on, and one that was is `error.socket`. Signal and timeout end the wait for the other
   * end to answer; once it has, the socket goes.
   *
   * @param socket a TcpSocket, which is detached first; or a SOCKET that is on no completion port
   * @param detail what is said with it, such as an address: what the channel can send
   * @throws by rejection: as `TcpSocket.detach` does; WinsockError of WSADuplicateSocketW, and of WSASocketW at the
   *   other end; WSA_OPERATION_ABORTED where the channel is over, or the passer at its other end is closed meanwhile; the
   *   signal's reason, WSAETIMEDOUT; TypeError and RangeError for what is no socket and no option
   */
  pass(
    socket: TcpSocket | SocketSource,
    detail?: unknown,
    options?: OperationOptions,
  ): Promise<void> {
    return withOptions(options, 'pass', GIVE_UP, (given) => {
      const theirs = socket instanceof TcpSocket ? undefined : sourceOf(socket);
      return limited(given, 'pass', async (signal) => {
        const id = await within({ signal }, 'pass', this.#offer());
        // What is not theirs is one of ours.
        const source = theirs ?? (await (socket as TcpSocket).detach({ signal }));
        try {
          await this.#send(id, source, detail);
        } catch (error) {
          throw withSocket(error, source);
        }
      });
    });
  }

  /** @returns the number of the socket that the other end is ready for */
  async #offer(): Promise<number> {
    await this.#known;
    const id = this.#next++;
    await this.#ask(id, { what: 'offer', id });
    return id;
  }

  async #send(id: number, source: DetachedSocket, detail: unknown): Promise<void> {
    const { handle, unread = new Uint8Array(0) } = source;
    const isHere = this.#other === process.pid;
    const socket = isHere
      ? handle
      : Buffer.from(duplicateFor(handle, this.#other!)).toString('base64');
    const bytes = Buffer.from(unread).toString('base64');
    await this.#ask(id, { what: 'socket', id, socket, unread: bytes, detail });
    if (!isHere) dropSocket(handle);
  }

  /** Says something that has an answer, and waits for that. */
  #ask(id: number, message: Said): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#ended) throw aborted();
      this.#waiting.set(id, { resolve, reject });
      try {
        this.#say(message);
      } catch (error) {
        this.#waiting.delete(id);
        throw error;
      }
    });
  }

  #hello(answer: boolean): void {
    this.#say({ what: 'hello', processId: process.pid, answer });
  }

  #say(message: Said): void {
    const sent = this.#channel.send({ winsock: 'sockets', ...message });
    if (types.isPromise(sent)) sent.catch((error) => this.#end(error));
  }

  #told(given: unknown): void {
    // Others may use the channel too: it is one of ours where it says so.
    const message = given as Message | null;
    if (message?.winsock !== 'sockets') return;
    if (message.what === 'hello') {
      this.#other = message.processId;
      if (!message.answer) this.#hello(true);
      this.#knows.resolve();
    } else if (message.what === 'closed') this.#otherClosed();
    else if (message.what === 'offer') this.#expect(message.id);
    else if (message.what === 'socket') this.#take(message);
    else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.what !== 'refused') waiting?.resolve();
      else waiting?.reject(new WinsockError(message.errno, message.syscall));
    }
  }

  #expect(id: number): void {
    this.#expected.add(id);
    this.#say({ what: 'ready', id });
  }

  #take({ id, socket, unread, detail }: Extract<Said, { what: 'socket' }>): void {
    let handle: number;
    let bytes: Buffer;
    try {
      // One that was meant for a passer before this one is still the sender's.
      if (!this.#expected.delete(id)) throw new WinsockError(WSAEINVAL, 'pass');
      bytes = Buffer.from(unread, 'base64');
      handle = typeof socket === 'number' ? socket : openDuplicate(Buffer.from(socket, 'base64'));
    } catch (error) {
      const { errno, syscall } =
        error instanceof WinsockError ? error : new WinsockError(WSAEINVAL, 'WSASocketW');
      this.#say({ what: 'refused', id, errno, syscall });
      return;
    }
    this.#say({ what: 'taken', id });
    try {
      this.#onSocket({ handle, detail, ...(bytes.length > 0 && { unread: bytes }) });
    } catch (error) {
      dropSocket(handle);
      throw error;
    }
  }

  /** What the other end has not taken stays here. */
  #otherClosed(): void {
    this.#awaitOther();
    this.#rejectWaiting(aborted());
  }

  #rejectWaiting(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const one of waiting) one.reject(error);
  }

  /** Passes no more. What is on its way and was not taken rejects, at both ends. The channel itself stays open. */
  close(): void {
    if (this.#ended) return;
    this.#end(aborted());
    try {
      this.#say({ what: 'closed' });
    } catch {
      // The channel is over, and the other end knows.
    }
  }

  /** @param error what is on its way rejects with */
  #end(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stop();
    this.#knows.reject(error);
    this.#rejectWaiting(error);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function aborted(): WinsockError {
  return new WinsockError(WSA_OPERATION_ABORTED, 'pass');
}

/** What was thrown, with the socket. A channel's `send` is the program's, and may throw whatever it likes. */
function withSocket(thrown: unknown, socket: DetachedSocket): Error {
  const isError = thrown instanceof Error && Object.isExtensible(thrown);
  const error = isError ? thrown : new Error('a socket was not passed', { cause: thrown });
  return Object.assign(error, { socket });
}
