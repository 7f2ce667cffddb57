/** What is known of the sockets of a program. */
import { SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from '../../../../defs/winsock2.g.ts';
import { AF_BTH, AF_HYPERV, AF_INET, AF_INET6, AF_UNIX } from '../../../../defs/ws2def.g.ts';
import { textOfSockaddr } from '../../../io/families/address.ts';
import { Bounded } from './bounded.ts';
import { type Kind, kindOf, localNameOf, remoteNameOf } from './system.ts';

const MOST_SOCKETS = 65536;

/** A socket, from the first that is heard of it to its close. */
export class TracedSocket {
  readonly handle: number;
  readonly kind: Kind;
  isListening = false;
  /** Whether closing it resets the connection: it lingers for no time. */
  resetsOnClose = false;
  #local: Uint8Array | undefined;
  #remote: Uint8Array | undefined;
  #text: string | undefined;

  constructor(handle: number, kind: Kind) {
    this.handle = handle;
    this.kind = kind;
  }

  /** The sockaddr of this end; empty where it has none yet. */
  get local(): Uint8Array {
    if (!this.#local?.length) this.#local = localNameOf(this.handle) ?? new Uint8Array();
    return this.#local;
  }

  set local(address: Uint8Array) {
    this.#local = address;
    this.#text = undefined;
  }

  /** The sockaddr of the other end; empty where it has none. */
  get remote(): Uint8Array {
    this.#remote ??= (this.isListening ? undefined : remoteNameOf(this.handle)) ?? new Uint8Array();
    return this.#remote;
  }

  set remote(address: Uint8Array) {
    this.#remote = address;
    this.#text = undefined;
  }

  /** Something has happened that may have given it a name, or another one. */
  changed(): void {
    this.#local = undefined;
    this.#remote = undefined;
    this.#text = undefined;
  }

  get isTcp(): boolean {
    return isInternet(this.kind.family) && this.kind.type === SOCK_STREAM;
  }

  get isUdp(): boolean {
    return isInternet(this.kind.family) && this.kind.type === SOCK_DGRAM;
  }

  /** `268<TCP 127.0.0.1:5000→127.0.0.1:80>` */
  get text(): string {
    this.#text ??= this.#describe();
    return this.#text;
  }

  #describe(): string {
    const local = nameText(this.local);
    const remote = nameText(this.remote);
    const names = remote ? `${local}→${remote}` : local;
    const what = this.isListening ? `${kindText(this.kind)} listening` : kindText(this.kind);
    return `${this.handle}<${[what, names].filter(Boolean).join(' ')}>`;
  }
}

function nameText(sockaddr: Uint8Array): string {
  return sockaddr.length < 2 ? '' : (textOfSockaddr(sockaddr) ?? '');
}

const FAMILIES: Readonly<Record<number, string>> = {
  [AF_UNIX]: 'Unix',
  [AF_BTH]: 'Bluetooth',
  [AF_HYPERV]: 'Hyper-V',
};

export function isInternet(family: number): boolean {
  return family === AF_INET || family === AF_INET6;
}

function kindText({ family, type, protocol }: Kind): string {
  if (isInternet(family)) {
    if (type === SOCK_STREAM) return 'TCP';
    if (type === SOCK_DGRAM) return 'UDP';
    if (type === SOCK_RAW) return `IP protocol ${protocol}`;
  }
  return FAMILIES[family] ?? `family ${family}`;
}

/** The sockets by their numbers. */
export class TracedSockets {
  readonly #known = new Bounded<number, TracedSocket | null>(MOST_SOCKETS);

  /** What is known of a socket; the system is asked where that is nothing. */
  of(handle: number): TracedSocket | undefined {
    let found = this.#known.get(handle);
    if (found === undefined) {
      const kind = handle === -1 || handle === 0 ? undefined : kindOf(handle);
      found = kind ? new TracedSocket(handle, kind) : null;
      if (kind) this.#known.set(handle, found);
    }
    return found ?? undefined;
  }

  /** A socket was made. */
  made(handle: number): TracedSocket | undefined {
    this.#known.delete(handle);
    return this.of(handle);
  }

  /** It is closed, and the number may be another's from now on. */
  closed(handle: number): void {
    this.#known.delete(handle);
  }
}
