/**
 * The completion port and what is built on it: overlapped sockets, TCP, UDP.
 *
 * @module
 */
export {
  type AddressLike,
  decodeAddress,
  encodeAddress,
  type InternetAddress,
  type SocketAddress,
  type UnixAddress,
} from './io/address.ts';
export { Association } from './io/association.ts';
export type { BufferPoolStats } from './io/buffers.ts';
export { type ConnectOptions, connectTo } from './io/connect.ts';
export {
  type ControlMessage,
  controlMessages,
  encodeControlMessages,
} from './io/control-messages.ts';
export {
  createConnection,
  type KeepAliveOptions,
  SocketDuplex,
  type SocketDuplexOptions,
  toDuplex,
} from './io/duplex.ts';
export type { DuplexConnectOptions } from './io/duplex-connect.ts';
export type { ExtensionName, ExtensionPointers, Provider } from './io/extension-pointers.ts';
export { type ConnectHostOptions, connect, interleave, race } from './io/happy-eyeballs.ts';
export type { Membership, MembershipChange } from './io/multicast.ts';
export type { NodeSystemError } from './io/node-errors.ts';
export { COMPLETED, type CompletionTarget, Operation, PENDING } from './io/operation.ts';
export { acceptedAddress, startAccept, updateAcceptContext } from './io/ops/accept.ts';
export { takeAddress } from './io/ops/address.ts';
export { startConnect, updateConnectContext } from './io/ops/connect.ts';
export { startGatherTo, startReceiveFrom, startSendTo } from './io/ops/datagram.ts';
export { startDisconnect } from './io/ops/disconnect.ts';
export { startPipeConnect, startRead, startWrite } from './io/ops/file.ts';
export { startReceiveMessage, startSendMessage, takeMessage } from './io/ops/message.ts';
export { addressOfView, type Piece, pieceOf } from './io/ops/pieces.ts';
export { startReceive, startScatter } from './io/ops/receive.ts';
export { startGather, startSend } from './io/ops/send.ts';
export {
  type FilePart,
  type PacketElement,
  packetElements,
  startTransmitFile,
  startTransmitPackets,
} from './io/ops/transmit.ts';
export { type FileOptions, OverlappedHandle } from './io/overlapped-handle.ts';
export { OverlappedSocket } from './io/overlapped-socket.ts';
export type {
  AcceptOptions,
  OverlappedSocketOptions,
  PacketPart,
  ReceivedDatagram,
  ReceivedMessage,
  TransferOptions,
  TransmitFileOptions,
} from './io/overlapped-types.ts';
export type { OperationOptions } from './io/perform.ts';
export { CompletionPort } from './io/port.ts';
export type {
  CompletionPortOptions,
  CompletionPortStats,
  Deferred,
  PacketHandler,
  PendingOperation,
} from './io/port-types.ts';
export { type ResolveOptions, resolve } from './io/resolve.ts';
export { RegisteredIo, type RegisteredIoOptions } from './io/rio.ts';
export type { RioMemory } from './io/rio-memory.ts';
export type {
  RioReceiveOptions,
  RioRequestOptions,
  RioSocket,
  RioSocketOptions,
} from './io/rio-socket.ts';
export type { SentCallback } from './io/sender.ts';
export {
  createServer,
  type ListenOptions,
  TcpServer,
  type TcpServerEvents,
  type TcpServerOptions,
} from './io/server.ts';
export { type OptionKind, SOCKET_OPTIONS } from './io/socket-option-table.ts';
export {
  getOption,
  type SettableOptionName,
  type SocketOptionName,
  type SocketOptions,
  type SocketOptionValue,
  setKeepAlive,
  setOption,
  setOptions,
} from './io/socket-options.ts';
export { TcpSocket } from './io/tcp-socket.ts';
export type { Data, TcpSocketEvents, TcpSocketOptions } from './io/tcp-types.ts';
export {
  type Datagram,
  UdpSocket,
  type UdpSocketEvents,
  type UdpSocketOptions,
} from './io/udp-socket.ts';
export { toWeb } from './io/web-streams.ts';
