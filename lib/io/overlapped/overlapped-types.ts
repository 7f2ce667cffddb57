import type { ExtensionPointers } from '../calls/extensions.ts';
import type { AddressLike, SocketAddress } from '../families/address.ts';
import type { Family, SocketType } from '../families/family.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import type { FilePart } from '../ops/transmit.ts';
import type { CompletionPort } from '../port/port.ts';

/** What kind of socket to make. */
export interface OverlappedSocketOptions {
  /** A family that has no name here is given by its number, AF_BTH. Default 'IPv4'. */
  family?: Family | number;
  /** A type that has no name here is given by its number, SOCK_SEQPACKET. Default 'stream'. */
  type?: SocketType | number;
  /** IPPROTO_…. Default: TCP or UDP by type; RFCOMM for Bluetooth, and what is usual elsewhere. */
  protocol?: number;
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /** Whether the socket, and those that it accepts, are for Registered I/O. Default false. */
  registered?: boolean;
  /**
   * Whether every receive has memory for the longest datagram, 65,527 bytes; one with less is then refused with a
   * RangeError. What completes at its start sends no packet on such a socket, which costs half as much. For
   * datagrams of IPv4 and IPv6. Default false.
   */
  wholeDatagrams?: boolean;
  /**
   * Functions of a provider that is used directly, by their addresses. Default: those that the
   * socket's provider names by WSAIoctl.
   */
  functions?: ExtensionPointers;
}

/** What `transmitPackets` sends: memory, or a part of a file, and whether a packet ends with it. */
export type PacketPart = (ArrayBufferView | FilePart) & { endOfPacket?: boolean };

/** How to send or receive. */
export interface TransferOptions extends OperationOptions {
  /** MSG_… flags. */
  flags?: number;
}

/** What an ioctl takes and gives. */
export interface IoctlOptions extends OperationOptions {
  /** What the request takes. */
  input?: ArrayBufferView;
  /** The memory for what it gives. */
  output?: ArrayBufferView;
}

/** How to receive a message. */
export interface MessageOptions extends TransferOptions {
  /** The room for control data in bytes: 0 to 65536. Default 512. */
  controlBytes?: number;
}

/** What sendMessage sends. */
export interface OutgoingMessage {
  /** One piece, or up to 16 that become one datagram. */
  data: ArrayBufferView | readonly ArrayBufferView[];
  /** The address of the receiver; left out on a connected socket. */
  to?: AddressLike;
  /** Control data, a sequence of WSACMSGHDR. See `encodeControlMessages`. */
  control?: ArrayBufferView;
}

/** What receiveFrom gives. */
export interface ReceivedDatagram {
  /** How many bytes were received. */
  bytes: number;
  /** The address of their sender. */
  address: SocketAddress;
}

/** What receiveMessage gives. */
export interface ReceivedMessage extends ReceivedDatagram {
  /** Control data, a sequence of WSACMSGHDR. See `controlMessages`. */
  control: Uint8Array;
  /** MSG_… flags of this datagram. */
  flags: number;
}

/** What goes with the file. */
export interface TransmitFileOptions extends OperationOptions {
  /** Where in the file to begin. */
  offset?: number;
  /** How much of it, at most 2,147,483,646 bytes; all of the rest where left out. */
  length?: number;
  /** Sent before the file. */
  head?: ArrayBufferView;
  /** Sent after the file. */
  tail?: ArrayBufferView;
  /** TF_… flags. */
  flags?: number;
}
