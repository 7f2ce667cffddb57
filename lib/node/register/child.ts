/** What is replaced of child processes. */

import ourDgram from '../../dgram.ts';
import { nodeError } from '../../io/node/argument-errors.ts';
import ourNet from '../../net.ts';
import { isOurs } from './net.ts';
import { builtIn, type Replacement, SEEN } from './replacement.ts';

type Send = (this: unknown, message: unknown, handle?: unknown, ...rest: unknown[]) => boolean;

/** A process at the other end of a channel, which has `send` where there is one. */
interface Channelled {
  send?: Send;
}

interface Spawning {
  spawn(this: Channelled, ...args: unknown[]): unknown;
}

const prototype = () =>
  (builtIn('child_process').ChildProcess as { prototype: Spawning }).prototype;

/** Has `send` refuse what has no handle, where Node.js would send the message alone or fail in words of its own. */
function refuseOurs(channelled: Channelled): void {
  const { send } = channelled;
  if (!send) return;
  channelled.send = function (message, handle, ...rest) {
    const isWithout =
      isOurs(handle) || handle instanceof ourNet.Server || handle instanceof ourDgram.Socket;
    if (!isWithout) return Reflect.apply(send, this, [message, handle, ...rest]);
    const text =
      'This handle type cannot be sent: it is of winsock/register, and SocketPasser of winsock/io passes such on';
    throw nodeError(new TypeError(text), 'ERR_INVALID_HANDLE_TYPE');
  };
}

export const CHILD: readonly Replacement[] = [
  {
    what: 'child_process.ChildProcess.prototype.spawn, process.send',
    reason:
      'a socket without a handle cannot be sent to another process, and who tries must be told',
    seen: SEEN,
    differs: () =>
      typeof prototype().spawn === 'function' ? undefined : 'ChildProcess has no method spawn',
    replace() {
      const { spawn } = prototype();
      prototype().spawn = function (...args) {
        const result = Reflect.apply(spawn, this, args);
        refuseOurs(this);
        return result;
      };
      refuseOurs(process as Channelled);
    },
  },
];
