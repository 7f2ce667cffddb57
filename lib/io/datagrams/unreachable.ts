import { WinsockError } from '../../ffi/errors/errors.ts';
import { addressText, type SocketAddress } from '../families/address.ts';

/** A datagram found nobody: a receive tells of one that was sent before. */
export class UnreachableError extends WinsockError {
  /** Who could not be reached. */
  readonly remoteAddress: SocketAddress;

  constructor(errno: number, syscall: string, remoteAddress: SocketAddress) {
    super(errno, syscall, { about: addressText(remoteAddress) });
    this.remoteAddress = remoteAddress;
  }
}
