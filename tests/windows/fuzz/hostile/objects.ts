/** The objects of winsock/io, found by what it exports: any method at any time, with anything. */
import * as w from 'winsock';
import * as io from 'winsock/io';
import { isWine } from '../../support/native.ts';
import { isClass } from './subjects.ts';
import type { Values } from './values.ts';

type Method = (...args: unknown[]) => unknown;

export interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly run: () => unknown;
}

const LOOPBACK = { address: '127.0.0.1', port: 0 };
/** The classes of others are not what is tested. */
const FOREIGN = /^(EventEmitter|Object|Stream|Readable|Writable|Duplex|Uint8Array|TypedArray)$/;
/** Wine 10 says of a code that it does not know that it is pending, and no packet comes; Windows fails. */
const FLAWED = isWine() ? /^(ioctl|startIoctl)$/ : /^$/;
/** What a start function of the program's own calls around its native call, and nobody else. */
const OF_STARTS = /^(prepare|judgeStart|judgeCall|goesOn|becomePending)$/;
/** What ends everything is tried less often. */
const ENDS = /^(close|destroy|dispose|release|retire|\[Symbol)/;

export class Objects {
  readonly #values: Values;
  readonly port = new io.CompletionPort({ skipOnSuccess: true });
  readonly #objects: object[];

  private constructor(values: Values, objects: readonly object[]) {
    this.#values = values;
    this.#objects = [...objects];
  }

  /** Sockets of every kind on a completion port, connected to one another. */
  static async open(values: Values): Promise<Objects> {
    const all = new Objects(values, []);
    const { port } = all;
    const quiet = <T extends { on(event: 'error', listener: () => void): unknown }>(
      socket: T,
    ): T => {
      socket.on('error', () => {});
      return socket;
    };
    const server = quiet(io.createServer({ completionPort: port }));
    server.listen({ host: '127.0.0.1' });
    const accepted = new Promise<io.TcpSocket>((resolve) => server.once('connection', resolve));
    const to = server.address as io.InternetAddress;
    const client = quiet(await io.connectTo(to, { completionPort: port }));
    const duplex = io.toDuplex(quiet(await io.connectTo(to, { completionPort: port })));
    duplex.on('error', () => {});
    server.on('connection', quiet);
    const plain = io.OverlappedSocket.create({ completionPort: port });
    await plain.connect(to);
    const datagrams = () => quiet(new io.UdpSocket({ completionPort: port })).bind(LOOPBACK);
    all.#objects.push(
      port,
      server,
      client,
      quiet(await accepted),
      duplex,
      plain,
      plain.association,
      datagrams(),
      datagrams(),
      port.take(),
    );
    return all;
  }

  /** Closes all there is, whatever has become of it, and at last the port. */
  async close(): Promise<void> {
    for (const object of this.#objects) {
      if (object === this.port) continue;
      const { destroy, close } = object as { destroy?: Method; close?: Method };
      try {
        (destroy ?? close)?.call(object);
      } catch {
        // It has been called before, with a handle that is gone.
      }
    }
    await this.port.close();
  }

  /** The next call: a method, an accessor, a constructor or a function. */
  next(): Call {
    const { random } = this.#values;
    if (random.once(12)) return this.#construct();
    if (random.once(8)) return this.#function();
    const object = random.pick(this.#objects);
    const { methods, accessors } = membersOf(object);
    const className = object.constructor.name;
    if (random.once(6) && accessors.length > 0) {
      const name = random.pick(accessors);
      const holder = object as Record<string, unknown>;
      return { name: `${className}.${name}`, args: [], run: () => holder[name] };
    }
    let method = random.pick(methods);
    if (ENDS.test(method) && !random.once(8)) method = random.pick(methods);
    const args = this.#args();
    const run = () => (object as Record<string, Method>)[method]!(...args);
    return { name: `${className}.${method}`, args, run };
  }

  #construct(): Call {
    const { random } = this.#values;
    const [name, made] = random.pick(Object.entries(io).filter(([, value]) => isClass(value))) as [
      string,
      new (...args: unknown[]) => object,
    ];
    const args = this.#args();
    const run = () => {
      const object = new made(...args);
      this.#objects.push(listened(object) as object);
      return (object as { closed?: Promise<unknown> }).closed;
    };
    return { name: `new ${name}`, args, run };
  }

  #function(): Call {
    const { random } = this.#values;
    const functions = Object.entries(io).filter(
      ([name, value]) => typeof value === 'function' && !isClass(value) && !FLAWED.test(name),
    ) as [string, Method][];
    const [name, call] = random.pick(functions);
    // Addresses are the program's own affair, so these are right unless they are none at all.
    const args = name.startsWith('start') ? this.#startArgs() : this.#args();
    return { name, args, run: () => listened(call(...args)) };
  }

  #startArgs(): unknown[] {
    const { random, guarded } = this.#values;
    const memory = guarded.take(64);
    const other = this.port.closed || random.once(3);
    const operation = other ? random.pick(this.#objects) : this.port.take();
    const association = this.#objects.find((one) => one instanceof io.Association);
    const args: unknown[] = [operation, association, w.addressOf(memory), 64, memory];
    if (random.once(3)) args[random.below(5)] = this.#values.wrongType();
    return args;
  }

  #args(): unknown[] {
    return Array.from({ length: this.#values.random.below(5) }, () => this.#arg());
  }

  #arg(): unknown {
    const { random } = this.#values;
    switch (random.below(8)) {
      case 0:
        return random.pick(this.#objects);
      case 1:
        return this.#values.options({
          completionPort: this.port,
          object: random.pick(this.#objects),
          signal: AbortSignal.abort(new RangeError('a reason of the program')),
          memory: this.#values.memory(),
        });
      case 2:
        return { ...LOOPBACK, port: random.pick([0, 9, 65535, 65536, -1]) };
      case 3:
        // A handle in use would be closed by two, and then be somebody else's.
        return random.pick([0, -1, 0xdead0]);
      case 4:
        return random.pick(['data', 'message', 'close', 'noDelay', 'sendBuffer', 'keepAlive']);
      case 5:
        return () => undefined;
      default:
        return this.#values.anything();
    }
  }
}

/** Nobody shall miss its errors. */
function listened(made: unknown): unknown {
  if (made instanceof Promise) return made.then(listened);
  const { on } = Object(made) as { on?: (event: string, listener: () => void) => void };
  if (typeof on === 'function') on.call(made, 'error', () => {});
  return made;
}

interface Members {
  readonly methods: readonly string[];
  readonly accessors: readonly string[];
}

const known = new Map<object, Members>();

/** What the classes of this package put on an object. */
function membersOf(object: object): Members {
  const found = known.get(object.constructor);
  if (found) return found;
  const methods = new Set<string>();
  const accessors = new Set<string>();
  for (
    let type = Object.getPrototypeOf(object) as object | null;
    type && !FOREIGN.test(type.constructor.name);
    type = Object.getPrototypeOf(type) as object | null
  ) {
    for (const [name, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (name === 'constructor' || name.startsWith('_')) continue;
      if (OF_STARTS.test(name) || FLAWED.test(name)) continue;
      if (get) accessors.add(name);
      else if (typeof value === 'function') methods.add(name);
    }
  }
  const members = { methods: [...methods], accessors: [...accessors] };
  known.set(object.constructor, members);
  return members;
}
