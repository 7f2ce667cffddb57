/** The groups of a socket: which it is a member of, and on all interfaces, as they come and go. */
import { WinsockError } from '../../ffi/errors/errors.ts';
import { normalIp, parseIPv4 } from '../families/ip-text.ts';
import { AddressWatch, type AddressWatchOwner } from '../interfaces/address-watch.ts';
import { type NetworkInterface, networkInterfaces } from '../interfaces/interfaces.ts';
import { optionsOf } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import {
  changeMembership,
  MEMBERSHIP,
  type Membership,
  type MembershipChange,
  splitGroup,
} from './multicast.ts';

/** What a socket is told by its memberships. */
export interface MembershipsOwner {
  /** Interfaces that come are not joined any more. */
  failed(error: Error): void;
  /** Nothing is under way any more, after the socket was closed. */
  idle(): void;
}

/** A group that is joined on every interface. */
interface Everywhere {
  readonly group: string;
  readonly source: string | undefined;
  /** The interfaces that it is joined on, by what tells them apart. */
  readonly joined: Map<string, NetworkInterface>;
  /** Sources that are left out. */
  readonly blocked: Set<string>;
}

/** The memberships of a datagram socket. */
export class Memberships implements AddressWatchOwner {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: MembershipsOwner;
  /** How often each group was joined. */
  readonly #groups = new Map<string, number>();
  readonly #everywhere = new Map<string, Everywhere>();
  #watch: AddressWatch | undefined;

  constructor(delivery: Delivery, on: Association, owner: MembershipsOwner) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
  }

  /** Whether something is under way. */
  get underWay(): boolean {
    return this.#watch?.underWay ?? false;
  }

  /** @param address an IP address, with or without a zone */
  isJoined(address: string): boolean {
    return this.#groups.has(nameOf(address));
  }

  /** See `UdpSocket.join` and its neighbours. */
  change(what: MembershipChange, group: string, options: Membership | undefined): void {
    const membership = optionsOf(options, what, MEMBERSHIP);
    if (membership.interface === 'all') this.#changeEverywhere(what, group, membership.source);
    else changeMembership(this.#on.handleFor('setsockopt'), what, group, membership);
    if (what === 'join') this.#count(group, 1);
    if (what === 'leave') this.#count(group, -1);
  }

  #count(group: string, change: 1 | -1): void {
    const name = nameOf(group);
    const count = (this.#groups.get(name) ?? 0) + change;
    if (count > 0) this.#groups.set(name, count);
    else this.#groups.delete(name);
  }

  #changeEverywhere(what: MembershipChange, group: string, source: string | undefined): void {
    const [, zone] = splitGroup(group);
    if (zone !== undefined) {
      throw new TypeError(`${JSON.stringify(group)} names an interface, and all are meant`);
    }
    if (what === 'join') this.#joinEverywhere(group, source);
    else if (what === 'leave') this.#leaveEverywhere(group, source);
    else this.#filterEverywhere(what, group, source);
  }

  #joinEverywhere(group: string, source: string | undefined): void {
    const key = keyOf(group, source);
    if (this.#everywhere.has(key)) {
      throw new TypeError(`${JSON.stringify(group)} is joined on all interfaces already`);
    }
    const wanted: Everywhere = { group, source, joined: new Map(), blocked: new Set() };
    this.#join(wanted, networkInterfaces(), true);
    try {
      this.#watch ??= new AddressWatch(this.#delivery, this.#on, this);
    } catch (error) {
      this.#leaveAll(wanted);
      throw error;
    }
    this.#everywhere.set(key, wanted);
  }

  /**
   * Joins on the interfaces that it is not joined on.
   *
   * @param all the interfaces that there are now
   * @param first whether one at least has to be joined
   */
  #join(wanted: Everywhere, all: readonly NetworkInterface[], first: boolean): void {
    const six = parseIPv4(wanted.group) === undefined;
    let failure: unknown;
    const present = new Set<string>();
    for (const one of all) {
      const place = placeOn(one, six);
      if (!one.up || place === undefined) continue;
      const name = keyOfInterface(one, six);
      present.add(name);
      if (wanted.joined.has(name)) continue;
      try {
        this.#set('join', wanted.group, place, wanted.source);
        for (const source of wanted.blocked) this.#set('block', wanted.group, place, source);
        wanted.joined.set(name, one);
      } catch (error) {
        // Some interfaces have no groups, and some are gone by now.
        if (!(error instanceof WinsockError)) throw error;
        failure ??= error;
      }
    }
    // Its membership has gone with an interface; one that comes back is joined again.
    for (const name of wanted.joined.keys()) if (!present.has(name)) wanted.joined.delete(name);
    if (first && wanted.joined.size === 0) throw failure ?? noInterface(wanted.group);
  }

  #set(what: MembershipChange, group: string, place: string | number, source?: string): void {
    const membership = source === undefined ? { interface: place } : { interface: place, source };
    changeMembership(this.#on.handleFor('setsockopt'), what, group, membership);
  }

  #leaveEverywhere(group: string, source: string | undefined): void {
    const wanted = this.#known(group, source);
    this.#everywhere.delete(keyOf(group, source));
    this.#leaveAll(wanted);
    if (this.#everywhere.size > 0) return;
    void this.halt();
  }

  /** Follows changes of the interfaces no more. Resolves when nothing is under way. */
  async halt(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    await watch?.stop();
  }

  /** Takes `halt` back. */
  goOn(): void {
    if (this.#everywhere.size === 0) return;
    try {
      this.#watch ??= new AddressWatch(this.#delivery, this.#on, this);
    } catch (error) {
      // Asking for interfaces and joining throw errors.
      this.#owner.failed(error as Error);
    }
    // What has changed meanwhile.
    this.addressesChanged();
  }

  #leaveAll(wanted: Everywhere): void {
    this.#each(wanted, (place) => this.#set('leave', wanted.group, place, wanted.source));
  }

  #filterEverywhere(what: MembershipChange, group: string, source: string | undefined): void {
    const wanted = this.#known(group, undefined);
    if (source === undefined) throw new TypeError(`to ${what} needs a source`);
    // There may be no interface just now that would refuse it.
    requireSource(group, source);
    const failure = this.#each(wanted, (place) => this.#set(what, group, place, source));
    if (failure) throw failure;
    if (what === 'block') wanted.blocked.add(nameOf(source));
    else wanted.blocked.delete(nameOf(source));
  }

  #known(group: string, source: string | undefined): Everywhere {
    const wanted = this.#everywhere.get(keyOf(group, source));
    if (wanted) return wanted;
    throw new TypeError(`${JSON.stringify(group)} is not joined on all interfaces`);
  }

  /**
   * What fails on one interface, as one that is gone, does not keep the others from it.
   *
   * @returns the first failure, where it has failed on all of them
   */
  #each(wanted: Everywhere, change: (place: string | number) => void): WinsockError | undefined {
    let failure: WinsockError | undefined;
    let changed = false;
    const six = parseIPv4(wanted.group) === undefined;
    // An interface may have another address by now.
    const now = new Map(networkInterfaces().map((one) => [keyOfInterface(one, six), one]));
    for (const [key, one] of wanted.joined) {
      const place = placeOn(now.get(key) ?? one, six);
      if (place === undefined) continue;
      try {
        change(place);
        changed = true;
      } catch (error) {
        if (!(error instanceof WinsockError)) throw error;
        failure ??= error;
      }
    }
    return changed ? undefined : failure;
  }

  addressesChanged(): void {
    try {
      const all = networkInterfaces();
      for (const wanted of this.#everywhere.values()) this.#join(wanted, all, false);
    } catch (error) {
      // Asking for interfaces and joining throw errors.
      this.#owner.failed(error as Error);
    }
  }

  watchFailed(error: Error): void {
    this.#watch = undefined;
    this.#owner.failed(error);
  }

  idle(): void {
    this.#owner.idle();
  }
}

/** How an interface is named in options; undefined where it has not that family. */
function placeOn(one: NetworkInterface, six: boolean): string | number | undefined {
  if (six) return one.indexIPv6 === 0 ? undefined : one.indexIPv6;
  if (one.indexIPv4 === 0) return undefined;
  return one.addresses.find((address) => parseIPv4(address));
}

/** What tells one interface from another, and from one that had its name before. */
function keyOfInterface({ guid, indexIPv4, indexIPv6 }: NetworkInterface, six: boolean): string {
  return `${guid} ${six ? indexIPv6 : indexIPv4}`;
}

function nameOf(group: string): string {
  const [address] = splitGroup(group);
  // A socket of IPv6 is told those of IPv4 as addresses of its own.
  return normalIp(address)?.replace(/^::ffff:(?=\d+\.)/, '') ?? group;
}

/** @throws TypeError for what is no IP address, or one of the other family */
function requireSource(group: string, source: string): void {
  const [address] = splitGroup(source);
  const isFour = (text: string) => parseIPv4(text) !== undefined;
  if (normalIp(address) !== undefined && isFour(address) === isFour(group)) return;
  throw new TypeError(`${JSON.stringify(source)} can send nothing to ${JSON.stringify(group)}`);
}

function keyOf(group: string, source: string | undefined): string {
  return `${nameOf(group)} ${source === undefined ? '' : nameOf(source)}`;
}

function noInterface(group: string): TypeError {
  return new TypeError(`no interface of this computer can join ${JSON.stringify(group)}`);
}
