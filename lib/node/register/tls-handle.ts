/** What a handle of libuv can do, done by one of our sockets: see `TLSWrap`'s and `net.Socket`'s use of it. */
import type ourNet from '../../net.ts';

type Socket = InstanceType<typeof ourNet.Socket>;

/** Where a handle writes an address. */
interface Address {
  address?: string | undefined;
  port?: number | undefined;
  family?: string | undefined;
}

/** Each gives 0, as calls of libuv do that have worked. */
export const handleMethods = {
  getpeername(socket: Socket, out: Address): number {
    const { remoteAddress: address, remotePort: port, remoteFamily: family } = socket;
    if (address !== undefined) Object.assign(out, { address, family, port });
    return 0;
  },
  getsockname(socket: Socket, out: Address): number {
    Object.assign(out, socket.address());
    return 0;
  },
  setNoDelay(socket: Socket, on: boolean): number {
    socket.setNoDelay(on);
    return 0;
  },
  /** @param seconds of silence before the first probe */
  setKeepAlive(socket: Socket, on: boolean, seconds: number): number {
    socket.setKeepAlive(on, seconds * 1000);
    return 0;
  },
  ref(socket: Socket): number {
    socket.ref();
    return 0;
  },
  unref(socket: Socket): number {
    socket.unref();
    return 0;
  },
} as const;
