/**
 * The completion port and what is built on it: overlapped sockets, TCP, UDP.
 *
 * @module
 */

export type { BufferPoolStats } from './io/calls/buffers.ts';
export type { ExtensionName, ExtensionPointers, SocketKind } from './io/calls/extensions.ts';
export type { DatagramDetail, DatagramDetails } from './io/datagrams/datagram-details.ts';
export type { Datagram, DatagramHandler } from './io/datagrams/datagram-inbox.ts';
export type { Membership, MembershipChange } from './io/datagrams/multicast.ts';
export type { DetachedDatagrams } from './io/datagrams/opened.ts';
export type { DatagramSendOptions } from './io/datagrams/send-control.ts';
export { UdpSocket } from './io/datagrams/udp-socket.ts';
export type {
  BindAddress,
  UdpFromOptions,
  UdpSocketEvents,
  UdpSocketOptions,
} from './io/datagrams/udp-types.ts';
export { UnreachableError } from './io/datagrams/unreachable.ts';
export {
  type AddressLike,
  addressText,
  decodeAddress,
  encodeAddress,
  type OtherAddress,
  type OtherPlace,
  type SocketAddress,
} from './io/families/address.ts';
export type { BluetoothAddress, BluetoothPlace } from './io/families/bluetooth.ts';
export type { Family, SocketType } from './io/families/family.ts';
export type { HyperVAddress, HyperVName, HyperVPlace } from './io/families/hyperv.ts';
export type { InternetAddress } from './io/families/ip.ts';
export {
  type BluetoothDevice,
  type BluetoothLookupOptions,
  type BluetoothRegistration,
  type BluetoothService,
  type BluetoothServiceOptions,
  bluetoothDevices,
  findBluetoothServices,
  registerBluetoothService,
} from './io/families/sdp.ts';
export type { UnixAddress } from './io/families/unix.ts';
export type { FileLike } from './io/files/open-file.ts';
export type { SendFileOptions } from './io/files/send-file.ts';
export type { DetachOptions } from './io/handles/detach.ts';
export type { DetachedSocket, SocketSource } from './io/handles/foreign.ts';
export {
  type InterfaceLike,
  interfaceIndex,
  type NetworkInterface,
  networkInterfaces,
} from './io/interfaces/interfaces.ts';
export type { ReadonlyMembers } from './io/lists/members.ts';
export { createConnection, toDuplex } from './io/node/create-connection.ts';
export { SocketDuplex } from './io/node/duplex.ts';
export type {
  DuplexConnectOptions,
  LookupFunction,
  SocketDuplexOptions,
} from './io/node/duplex-options.ts';
export type { KeepAliveOptions } from './io/node/net-properties.ts';
export { type NodeSystemError, toNodeError } from './io/node/node-errors.ts';
export type { OnRead } from './io/node/on-read.ts';
export { toWeb } from './io/node/web-streams.ts';
export { acceptedAddress, startAccept, updateAcceptContext } from './io/ops/accept.ts';
export { takeAddress } from './io/ops/address.ts';
export { startConnect, updateConnectContext } from './io/ops/connect.ts';
export { startGatherTo, startReceiveFrom, startSendTo } from './io/ops/datagram.ts';
export { startDisconnect } from './io/ops/disconnect.ts';
export { startPipeConnect, startRead, startWrite } from './io/ops/file.ts';
export type { OperationOptions } from './io/ops/give-up.ts';
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
export { type FileOptions, OverlappedHandle } from './io/overlapped/overlapped-handle.ts';
export { type AcceptOptions, OverlappedSocket } from './io/overlapped/overlapped-socket.ts';
export type {
  IoctlOptions,
  OverlappedSocketOptions,
  PacketPart,
  ReceivedDatagram,
  ReceivedMessage,
  TransferOptions,
  TransmitFileOptions,
} from './io/overlapped/overlapped-types.ts';
export { RegisteredIo, type RegisteredIoOptions } from './io/overlapped/rio.ts';
export type { RioMemory } from './io/overlapped/rio-memory.ts';
export type {
  RioReceiveOptions,
  RioRequestOptions,
  RioSocket,
  RioSocketOptions,
} from './io/overlapped/rio-socket.ts';
export type { ChannelLike, SocketChannel } from './io/passing/channel.ts';
export { duplicateFor, openDuplicate } from './io/passing/duplicate.ts';
export { type PassedSocket, SocketPasser } from './io/passing/passer.ts';
export { Association } from './io/port/association.ts';
export type { PacketHandler } from './io/port/baton.ts';
export type { Deferred } from './io/port/delivery.ts';
export { COMPLETED, type CompletionTarget, Operation, PENDING } from './io/port/operation.ts';
export {
  CompletionPort,
  type CompletionPortOptions,
  type CompletionPortStats,
  type PendingOperation,
} from './io/port/port.ts';
export { createServer, TcpServer } from './io/servers/server.ts';
export type {
  ListenOptions,
  TcpServerEvents,
  TcpServerOptions,
} from './io/servers/server-types.ts';
export type { SendLimit, TcpInfo } from './io/sockets/connection-info.ts';
export {
  type ControlMessage,
  controlMessages,
  encodeControlMessages,
} from './io/sockets/control-messages.ts';
export type { Data } from './io/sockets/data.ts';
export { type ResolveOptions, resolve } from './io/sockets/resolve.ts';
export { type OptionKind, SOCKET_OPTIONS } from './io/sockets/socket-option-table.ts';
export {
  getOption,
  type SettableOptionName,
  type SocketOptionName,
  type SocketOptions,
  type SocketOptionValue,
  setKeepAlive,
  setOption,
  setOptions,
} from './io/sockets/socket-options.ts';
export {
  type ConnectHostOptions,
  type ConnectOptions,
  connect,
  connectTo,
  race,
} from './io/streams/connect.ts';
export { interleave } from './io/streams/happy-eyeballs.ts';
export { TcpSocket } from './io/streams/tcp-socket.ts';
export type { FromOptions, TcpSocketEvents, TcpSocketOptions } from './io/streams/tcp-types.ts';
export type { SentCallback } from './io/streams/written.ts';
export { serveInThread, ThreadServing, type ThreadServingEvents } from './io/threads/serving.ts';
export {
  createThreadedServer,
  type EndedThread,
  ThreadedServer,
  type ThreadedServerEvents,
  type ThreadedServerOptions,
} from './io/threads/threaded-server.ts';
