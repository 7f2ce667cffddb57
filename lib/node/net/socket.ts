import { lookup as dnsLookup } from 'node:dns';
import net from 'node:net';
import { addAbortSignal } from 'node:stream';
import { invalidType, invalidValue } from '../../io/node/argument-errors.ts';
import { type LookupFunction, type OnRead, SocketDuplex, type TcpSocket } from '../../io.ts';
import { normalize } from './arguments.ts';

/** A connection that a socket is made of. */
export const CONNECTION = Symbol('connection');

/** What `new Socket` is told, beside what it has for sockets that the built-in module makes. */
export type SocketOptions = net.SocketConstructorOpts & {
  blockList?: net.BlockList | undefined;
  highWaterMark?: number | undefined;
  keepAlive?: boolean | undefined;
  keepAliveInitialDelay?: number | undefined;
  noDelay?: boolean | undefined;
  /** Nothing is received before somebody reads. */
  pauseOnCreate?: boolean | undefined;
  [CONNECTION]?: TcpSocket;
};

/** Modes of streams that a socket has not. */
const MODES = ['objectMode', 'readableObjectMode', 'writableObjectMode'] as const;

function checkOptions(options: SocketOptions): void {
  for (const mode of MODES) {
    const value = (options as Record<string, unknown>)[mode];
    if (value) throw invalidValue(`options.${mode}`, value, 'is not supported');
  }
  const { keepAliveInitialDelay, blockList } = options;
  if (keepAliveInitialDelay !== undefined && typeof keepAliveInitialDelay !== 'number') {
    throw invalidType('options.keepAliveInitialDelay', 'number', keepAliveInitialDelay);
  }
  if (blockList && !net.BlockList.isBlockList(blockList)) {
    throw invalidType('options.blockList', 'net.BlockList', blockList);
  }
}

/** Whether it is an option that node:net would not pass over. */
function isUsable(onread: OnRead | undefined): boolean {
  const { buffer, callback } = onread ?? {};
  const isPlace = buffer instanceof Uint8Array || typeof buffer === 'function';
  return isPlace && typeof callback === 'function';
}

/** A connection, with all that `net.Socket` has. */
export class Socket extends SocketDuplex {
  /** Addresses that are not connected to. */
  blockList?: net.BlockList;
  /** The server that accepted it. */
  declare server?: unknown;
  declare _server?: unknown;

  constructor(options: SocketOptions = {}) {
    checkOptions(options);
    const { allowHalfOpen, highWaterMark, onread, pauseOnCreate, signal } = options;
    super(options[CONNECTION], {
      allowHalfOpen: Boolean(allowHalfOpen),
      highWaterMark: highWaterMark ?? undefined,
      noDelay: Boolean(options.noDelay),
      onread: isUsable(onread) ? onread : undefined,
      paused: Boolean(pauseOnCreate),
    });
    if (options.keepAlive) this.setKeepAlive(true, options.keepAliveInitialDelay);
    if (options.blockList) this.blockList = options.blockList;
    if (signal) addAbortSignal(signal, this);
  }

  /** Connects: `(options, listener)`, `(port, host, listener)` and so on. */
  override connect(...args: unknown[]): this {
    const [options, listener] = normalize<net.TcpNetConnectOpts>(args);
    const { lookup, autoSelectFamily, autoSelectFamilyAttemptTimeout } = options;
    return super.connect(
      {
        ...options,
        lookup: (lookup ?? dnsLookup) as LookupFunction,
        autoSelectFamily: autoSelectFamily ?? net.getDefaultAutoSelectFamily(),
        autoSelectFamilyAttemptTimeout:
          autoSelectFamilyAttemptTimeout ?? net.getDefaultAutoSelectFamilyAttemptTimeout(),
        blockList: options.blockList ?? this.blockList,
        timeout: undefined,
      },
      listener,
    );
  }
}
