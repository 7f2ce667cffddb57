/** What sockets are passed over: any pair of ends that take messages. */
import { describe } from '../../ffi/types/describe.ts';

/** One end of a channel of messages: plain objects of numbers and text, which arrive in their order. */
export interface SocketChannel {
  /** Sends a message to the other end. Where it gives a promise that rejects, the channel is over. */
  send(message: object): unknown;
  /**
   * Has a listener called with each message that comes.
   *
   * @param onEnd is called when no more can come
   * @returns ends that
   */
  listen(onMessage: (message: unknown) => void, onEnd: () => void): () => void;
}

type Listener = (value: unknown) => void;

/** As `ChildProcess`, `process`, `Worker` and `MessagePort` are. */
interface Emitting {
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
  send?(message: object, sent?: (error: Error | null) => void): unknown;
  postMessage?(message: object): unknown;
}

/** What has channels of its own: the ends of Node's child processes and threads, or one of the program's. */
export type ChannelLike =
  | SocketChannel
  | (Pick<Emitting, 'on' | 'off'> & { send?(message: object): unknown })
  | (Pick<Emitting, 'on' | 'off'> & { postMessage(message: object): unknown });

/** What says that a channel is over: of child processes, of workers, of ports. */
const ENDS = ['disconnect', 'exit', 'close'];

/** @throws TypeError for what is no channel */
export function channelOf(given: ChannelLike): SocketChannel {
  // From JavaScript anything may come: what it has says what it is.
  const one = given as Partial<SocketChannel & Emitting>;
  if (typeof one?.send === 'function' && typeof one.listen === 'function')
    return given as SocketChannel;
  const isThread = typeof one?.postMessage === 'function';
  if (typeof one?.on !== 'function' || !(isThread || typeof one.send === 'function')) {
    throw new TypeError(
      `sockets are passed over a child process, process with a parent, a Worker, a MessagePort or a SocketChannel; got ${describe(given)}`,
    );
  }
  // What was missing is refused above.
  const end = one as Emitting;
  return {
    send: (message) => (isThread ? end.postMessage!(message) : sendToProcess(end, message)),
    listen(onMessage, onEnd) {
      end.on('message', onMessage);
      for (const event of ENDS) end.on(event, onEnd);
      return () => {
        end.off('message', onMessage);
        for (const event of ENDS) end.off(event, onEnd);
      };
    },
  };
}

/**
 * Sends a message to another process.
 *
 * @returns rejects where the channel is closed: without a callback that would be an 'error' event of the child
 * @throws what the channel throws for a message that it cannot send
 */
function sendToProcess(end: Emitting, message: object): Promise<never> {
  let fail: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  end.send!(message, (error) => {
    if (error) fail(error);
  });
  return failed;
}

/** Whether a child process or a thread has ended already: of its end it tells once only. */
export function isOver(given: ChannelLike): boolean {
  // Those of Node.js have these; what else there may be has neither.
  const { connected, threadId } = given as { connected?: unknown; threadId?: unknown };
  return connected === false || threadId === -1;
}
