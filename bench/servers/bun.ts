/** The same servers on Bun.listen and Bun.udpSocket: `bun.ts PORT` */

interface BunSocket {
  data: { queue: Uint8Array[] };
  write(data: Uint8Array): number;
}

interface BunUdp {
  send(data: Uint8Array, port: number, address: string): boolean;
}

declare const Bun: {
  listen(options: {
    hostname: string;
    port: number;
    socket: {
      open?(socket: BunSocket): void;
      data(socket: BunSocket, data: Uint8Array): void;
      drain?(socket: BunSocket): void;
      error?(): void;
    };
  }): void;
  udpSocket(options: {
    hostname: string;
    port: number;
    socket: { data(socket: BunUdp, data: Uint8Array, port: number, address: string): void };
  }): Promise<BunUdp>;
};

const base = Number(process.argv[2]);
const chunk = Buffer.alloc(65536);
const hostname = '127.0.0.1';

function flush(socket: BunSocket): void {
  const { queue } = socket.data;
  while (queue.length > 0) {
    const data = queue[0]!;
    const sent = socket.write(data);
    if (sent < data.length) {
      if (sent > 0) queue[0] = data.subarray(sent);
      return;
    }
    queue.shift();
  }
}

function pour(socket: BunSocket): void {
  const { queue } = socket.data;
  for (let i = 0; i < 16; i++) {
    if (queue.length === 0) queue.push(chunk);
    flush(socket);
    if (queue.length > 0) return;
  }
  setImmediate(pour, socket);
}

const open = (socket: BunSocket) => {
  socket.data = { queue: [] };
};
const error = () => undefined;

Bun.listen({
  hostname,
  port: base + 1,
  socket: {
    open(socket) {
      open(socket);
      pour(socket);
    },
    data: () => undefined,
    drain: pour,
    error,
  },
});
Bun.listen({ hostname, port: base + 2, socket: { open, data: () => undefined, error } });
await Bun.udpSocket({
  hostname,
  port: base + 3,
  socket: {
    data(socket, data, port, address) {
      socket.send(data, port, address);
    },
  },
});
Bun.listen({
  hostname,
  port: base,
  socket: {
    open,
    data(socket, data) {
      socket.data.queue.push(data);
      flush(socket);
    },
    drain: flush,
    error,
  },
});
