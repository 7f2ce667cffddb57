/** Servers on winsock/io's operations alone: `raw.ts PORT` */
import {
  type Association,
  addressOfView,
  COMPLETED,
  CompletionPort,
  type Operation,
  OverlappedSocket,
  PENDING,
  type SocketKind,
  startAccept,
  startReceive,
  startReceiveFrom,
  startSend,
  startSendTo,
  takeAddress,
  updateAcceptContext,
} from 'winsock/io';

const base = Number(process.argv[2]);
const port = new CompletionPort({ idleTurns: Number(process.env.IDLE_TURNS ?? 1) });
const ACCEPTS = 32;
const SENDS = 4;
const payload = Buffer.alloc(65536);
const payloadAddress = addressOfView(payload);

type Role = 'echo' | 'source' | 'sink';
interface Block {
  readonly memory: Buffer;
  readonly address: number;
}
const free: Block[] = [];

function takeBlock(): Block {
  const known = free.pop();
  if (known) return known;
  const memory = Buffer.alloc(262144);
  return { memory, address: addressOfView(memory) };
}

class Connection {
  readonly on: Association;
  readonly role: Role;
  readonly block = takeBlock();
  readonly receive = port.take();
  readonly sends: Operation[] = [];
  pending = 0;
  closed = false;
  waits = false;

  constructor(on: Association, role: Role) {
    this.on = on;
    this.role = role;
    this.receive.target = { completed: this.received };
    const sends = role === 'source' ? SENDS : role === 'echo' ? 1 : 0;
    for (let i = 0; i < sends; i++) {
      const send = port.take();
      send.target = { completed: this.sent };
      this.sends.push(send);
    }
    this.again();
    if (role === 'source') for (const send of this.sends) if (!this.closed) this.pour(send);
  }

  again(): void {
    this.waits = true;
    port.defer(this);
  }

  run(): void {
    this.waits = false;
    const { address, memory } = this.block;
    if (this.closed) this.close();
    else
      this.started(
        this.receive,
        startReceive(this.receive, this.on, address, memory.length, memory),
      );
  }

  started(operation: Operation, code: number): void {
    if (code !== COMPLETED && code !== PENDING) {
      this.close();
      return;
    }
    this.pending++;
    if (code === COMPLETED) operation.deliver();
  }

  received = (operation: Operation): void => {
    this.pending--;
    if (this.closed || operation.code !== 0 || operation.bytes === 0) this.close();
    else if (this.role === 'echo') this.answer(operation.bytes);
    else this.again();
  };

  answer(bytes: number): void {
    const send = this.sends[0]!;
    const { address, memory } = this.block;
    const code = startSend(send, this.on, address, bytes, memory);
    if (code === COMPLETED) this.again();
    else this.started(send, code);
  }

  sent = (operation: Operation): void => {
    this.pending--;
    if (this.closed || operation.code !== 0) this.close();
    else if (this.role === 'echo') this.again();
    else this.pour(operation);
  };

  pour(send: Operation): void {
    for (let i = 0; i < 16; i++) {
      const code = startSend(send, this.on, payloadAddress, payload.length, payload);
      if (code !== COMPLETED || i === 15) {
        this.started(send, code);
        return;
      }
    }
  }

  close(): void {
    if (!this.closed) {
      this.closed = true;
      this.on.close();
    }
    if (this.pending > 0 || this.waits) return;
    this.receive.release();
    for (const send of this.sends) send.release();
    free.push(this.block);
  }
}

function listen(offset: number, role: Role): void {
  const server = OverlappedSocket.create({ completionPort: port })
    .bind({ address: '127.0.0.1', port: base + offset })
    .listen();
  const { association, kind } = server;
  for (let i = 0; i < ACCEPTS; i++) accept(port.take(), association, kind, role);
}

function accept(operation: Operation, on: Association, kind: SocketKind, role: Role): void {
  const socket = OverlappedSocket.create({ completionPort: port });
  operation.target = {
    completed() {
      const { code } = operation;
      accept(operation, on, kind, role);
      if (code !== 0) return socket.close();
      updateAcceptContext(on.handle, socket.handle);
      new Connection(socket.association, role);
    },
  };
  if (startAccept(operation, on, kind, socket.handle) === COMPLETED) operation.deliver();
}

function datagrams(): void {
  const { association } = OverlappedSocket.create({
    type: 'datagram',
    wholeDatagrams: true,
    completionPort: port,
  }).bind({ address: '127.0.0.1', port: base + 3 });
  for (let i = 0; i < 2; i++) {
    const memory = Buffer.alloc(65536);
    const address = addressOfView(memory);
    const receive = port.take();
    const send = port.take();
    const again = {
      run() {
        const code = startReceiveFrom(receive, association, address, memory.length, memory);
        if (code === COMPLETED) receive.deliver();
      },
    };
    receive.target = {
      completed({ bytes, code }) {
        if (code !== 0) return port.defer(again);
        const to = takeAddress(receive);
        const sent = startSendTo(send, association, address, bytes, to, memory);
        if (sent !== PENDING) port.defer(again);
      },
    };
    send.target = { completed: () => port.defer(again) };
    port.defer(again);
  }
}

listen(1, 'source');
listen(2, 'sink');
datagrams();
listen(0, 'echo');
