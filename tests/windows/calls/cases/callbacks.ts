/**
 * JavaScript functions that Windows calls: for conditional accept, as completion routines, from
 * threads of its own. A plain program, so that any run time can run it; prints `ok NAME` for each.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as w from 'winsock';
import * as k from 'winsock/kernel';
import { nameOf } from '../../support/winsock.ts';

const cases: Record<string, () => void | Promise<void>> = {
  'a connection is accepted by a function, which sees who calls': () => {
    const { server, client, clientName } = knock();
    const seen: unknown[] = [];
    const accepted = w.WSAAccept.orThrow(
      server,
      null,
      null,
      (caller, callerData, _sqos, _gqos, callee, _calleeData, _group, data) => {
        const from = w.cast(w.sockaddr_in, caller!.buf);
        const to = w.cast(w.sockaddr_in, callee!.buf);
        seen.push(w.inet_ntoa(from.sin_addr), from.sin_port, w.inet_ntoa(to.sin_addr));
        seen.push(callerData?.len ?? 0, data);
        return w.CF_ACCEPT;
      },
      0x1234,
    );
    assert.deepEqual(seen, ['127.0.0.1', clientName.sin_port, '127.0.0.1', 0, 0x1234]);
    close(accepted, client, server);
  },
  'a connection is rejected by a function': () => {
    const { server, client } = knock();
    assert.equal(
      w.WSAAccept(server, null, null, () => w.CF_REJECT, 0),
      w.INVALID_SOCKET,
    );
    assert.equal(w.WSAGetLastError(), w.WSAECONNREFUSED);
    assert.ok(isGone(client), 'the client is told');
    close(client, server);
  },
  'a connection is deferred by a function, and taken later': () => {
    const { server, client } = knock();
    const answers = [w.CF_DEFER, w.CF_ACCEPT];
    const decide = () => answers.shift()!;
    assert.throws(() => w.WSAAccept.orThrow(server, null, null, decide, 0), {
      code: 'WSATRY_AGAIN',
    });
    const accepted = w.WSAAccept.orThrow(server, null, null, decide, 0);
    assert.deepEqual(answers, []);
    close(accepted, client, server);
  },
  'a function that is called during a call cannot take its memory away': () => {
    const { server, client, clientName } = knock();
    const name = new w.sockaddr_in(new ArrayBuffer(16), 0);
    const taken: unknown[] = [];
    const take = () => {
      try {
        structuredClone(name.buffer, { transfer: [name.buffer] });
        taken.push(name.buffer);
      } catch {
        // It stays where native code has it.
      }
      return w.CF_ACCEPT;
    };
    const accepted = w.WSAAccept.orThrow(server, name, w.ref(w.int, 16), take, 0);
    assert.deepEqual(taken, []);
    assert.equal(name.sin_port, clientName.sin_port);
    close(accepted, client, server);
    // Routines are called while a thread waits alertably, too.
    const port = k.CreateIoCompletionPort.orThrow(k.INVALID_HANDLE_VALUE, 0, 0, 1);
    const entries = new k.OVERLAPPED_ENTRY();
    assert.equal(k.GetQueuedCompletionStatusEx(port, entries, 1, w.ref(w.ULONG), 0, 1), 0);
    assert.throws(() => structuredClone(entries.buffer, { transfer: [entries.buffer] }));
    k.CloseHandle(port);
  },
  'what the condition throws comes out of the call, with the connection rejected': () => {
    const { server, client } = knock();
    const condition: w.LPCONDITIONPROC = () => {
      throw new Error('not today');
    };
    assert.throws(() => w.WSAAccept(server, null, null, condition, 0), /not today/);
    assert.ok(isGone(client), 'the client is told');
    close(client, server);
  },
  'a condition that answers nonsense': () => {
    const { server, client } = knock();
    const answer = (() => 'yes') as never;
    assert.throws(() => w.WSAAccept(server, null, null, answer, 0), {
      name: 'TypeError',
      message: 'the result of LPCONDITIONPROC must be an integer, got "yes"',
    });
    close(client, server);
  },
  'a condition on another thread': async () => {
    const { server, client } = knock();
    const accepted = await w.WSAAccept.async(server, null, null, () => w.CF_ACCEPT, 0);
    close(accepted);
    const next = w.connect.async(client, nameOf(server), 16).catch(() => undefined);
    await assert.rejects(
      w.WSAAccept.async(knockAgain(server), null, null, () => assert.fail('no, thank you'), 0),
      /no, thank you/,
    );
    await next;
    close(client, server);
  },
  'completion routines of WSARecv and WSASend, in SleepEx': () => {
    const { receiver, sender, name } = datagrams();
    const seen: unknown[] = [];
    const routine = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.register((error, bytes, overlapped) => {
      seen.push([error, bytes, w.addressOf(overlapped!)]);
    });
    const received = receive(receiver, routine);
    const sent = send(sender, 'hello', name, routine);
    assert.deepEqual(seen, [], 'not before the thread waits');
    drain(() => seen.length < 2);
    const expected = [sent.overlapped, received.overlapped].map((one) => [0, 5, w.addressOf(one)]);
    assert.deepEqual(seen.sort(), expected.sort());
    assert.equal(received.text(5), 'hello');
    close(receiver, sender);
  },
  'completion routines in WSAWaitForMultipleEvents, which start the next receive': () => {
    const { receiver, sender, name } = datagrams();
    const texts: string[] = [];
    let current: Receive;
    const routine = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.register((error, bytes) => {
      assert.equal(error, 0);
      texts.push(current.text(bytes));
      if (texts.length < 3) current = receive(receiver, routine);
    });
    current = receive(receiver, routine);
    const event = w.WSACreateEvent.orThrow();
    const events = w.arrayOf(w.HANDLE, [event]);
    for (const text of ['one', 'two', 'three']) {
      w.sendto.orThrow(sender, Buffer.from(text), text.length, 0, name, 16);
      while (texts.at(-1) !== text) {
        const result = w.WSAWaitForMultipleEvents.orThrow(1, events, 0, 10_000, 1);
        assert.equal(result, w.WSA_WAIT_IO_COMPLETION);
      }
    }
    assert.deepEqual(texts, ['one', 'two', 'three']);
    w.WSACloseEvent.orThrow(event);
    close(receiver, sender);
  },
  'the routine of a cancelled receive': () => {
    const { receiver, sender } = datagrams();
    const errors: number[] = [];
    const routine = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.register((error) => {
      errors.push(error);
    });
    const { overlapped } = receive(receiver, routine);
    k.CancelIoEx.orThrow(receiver as number, overlapped);
    drain(() => errors.length === 0);
    assert.deepEqual(errors, [w.WSA_OPERATION_ABORTED]);
    close(receiver, sender);
  },
  'what routines throw comes out of the wait, and none is skipped': () => {
    const { receiver, sender, name } = datagrams();
    const seen: number[] = [];
    const routine = w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.register((_error, bytes) => {
      seen.push(bytes);
      throw new Error(`got ${bytes}`);
    });
    const pending = [receive(receiver, routine), receive(receiver, routine)];
    w.sendto.orThrow(sender, Buffer.from('a'), 1, 0, name, 16);
    w.sendto.orThrow(sender, Buffer.from('bb'), 2, 0, name, 16);
    const messages: string[] = [];
    drain(
      () => seen.length < pending.length,
      (error) => {
        const all = error instanceof AggregateError ? error.errors : [error];
        messages.push(...all.map(({ message }: Error) => message));
      },
    );
    assert.deepEqual(seen, [1, 2]);
    assert.deepEqual(messages, ['got 1', 'got 2']);
    close(receiver, sender);
  },
  'several calls queued to this thread': () => {
    const seen: number[] = [];
    const apc = w.PAPCFUNC.register((value) => {
      seen.push(value);
      if (value === 2) throw new Error('two');
    });
    for (const value of [1, 2, 3]) k.QueueUserAPC.orThrow(apc, k.GetCurrentThread(), value);
    assert.throws(() => k.SleepEx(0, 1), /^Error: two$/);
    assert.deepEqual(seen, [1, 2, 3]);
  },
  'a name is looked up, and the routine called from a thread of the system': async () => {
    const { outcome, result, overlapped, routine } = lookUp('localhost', () => undefined);
    const [error, , given] = await outcome;
    assert.equal(error, 0);
    assert.equal(given, w.addressOf(overlapped));
    assert.equal(w.GetAddrInfoExOverlappedResult(overlapped), 0);
    const address = w.cast(w.sockaddr_in, result.value!.ai_addr!);
    assert.equal(w.inet_ntoa(address.sin_addr), '127.0.0.1');
    w.FreeAddrInfoExW(result.value);
    routine.close();
  },
  'what it throws there is an uncaught exception': async () => {
    const uncaught = once(process, 'uncaughtException');
    const { outcome, result, routine } = lookUp('localhost', () => {
      throw new Error('far away');
    });
    await outcome;
    const [error] = await uncaught;
    assert.match(String(error), /far away/);
    w.FreeAddrInfoExW(result.value);
    routine.close();
  },
  'a function that the system would keep must be registered': () => {
    const { receiver, sender } = datagrams();
    const overlapped = new w.WSAOVERLAPPED();
    const buffers = w.arrayOf(w.WSABUF, [{ len: 8, buf: Buffer.alloc(8) }]);
    const plain = () => undefined;
    const flags = w.ref(w.DWORD);
    assert.throws(() => w.WSARecv(receiver, buffers, 1, null, flags, overlapped, plain), {
      name: 'TypeError',
      message: /^WSARecv: lpCompletionRoutine: .*LPWSAOVERLAPPED_COMPLETION_ROUTINE\.register\(/,
    });
    assert.equal(k.SleepEx(0, 1), 0, 'nothing was started');
    assert.throws(() => k.QueueUserAPC(() => undefined, k.GetCurrentThread(), 0), TypeError);
    close(receiver, sender);
  },
  'a closed callback is refused': () => {
    const apc = w.PAPCFUNC.register(() => undefined);
    apc.close();
    assert.throws(() => k.QueueUserAPC(apc, k.GetCurrentThread(), 0), {
      message: 'QueueUserAPC: pfnAPC: the PAPCFUNC has been closed',
    });
  },
};

function loopbackSocket(type: number): w.SOCKET {
  const s = w.socket.orThrow(w.AF_INET, type, 0);
  const address = { s_addr: w.htonl(w.INADDR_LOOPBACK) };
  w.bind.orThrow(s, new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr: address }), 16);
  return s;
}

/** A client that has begun to connect; with conditional accept it waits for the decision. */
function startClient(server: w.SOCKET): w.SOCKET {
  const client = loopbackSocket(w.SOCK_STREAM);
  w.ioctlsocket.orThrow(client, w.FIONBIO, w.ref(w.u_long, 1));
  w.connect(client, nameOf(server), 16);
  return client;
}

function knock() {
  const server = loopbackSocket(w.SOCK_STREAM);
  w.listen.orThrow(server, 5);
  const client = startClient(server);
  return { server, client, clientName: nameOf(client) };
}

/** Another client at the door, which is not looked at further. */
function knockAgain(server: w.SOCKET): w.SOCKET {
  startClient(server);
  return server;
}

/** Whether a client finds its connection refused or closed. */
function isGone(client: w.SOCKET): boolean {
  const readable = new w.fd_set();
  const failed = new w.fd_set();
  w.FD_SET(client, readable);
  w.FD_SET(client, failed);
  w.select.orThrow(0, readable, null, failed, new w.timeval({ tv_sec: 10 }));
  if (w.FD_ISSET(client, failed)) return true;
  return w.FD_ISSET(client, readable) !== 0 && w.recv(client, Buffer.alloc(1), 1, 0) <= 0;
}

function datagrams() {
  const receiver = loopbackSocket(w.SOCK_DGRAM);
  return { receiver, sender: loopbackSocket(w.SOCK_DGRAM), name: nameOf(receiver) };
}

type Routine = w.Callback<w.LPWSAOVERLAPPED_COMPLETION_ROUTINE>;
type Receive = ReturnType<typeof receive>;

/** What must live until the routine has been called is held here. */
const inFlight: unknown[] = [];

function receive(s: w.SOCKET, routine: Routine) {
  const memory = Buffer.from(new ArrayBuffer(64));
  const overlapped = new w.WSAOVERLAPPED();
  const buffers = w.arrayOf(w.WSABUF, [{ len: memory.length, buf: memory }]);
  inFlight.push(memory, overlapped, buffers);
  w.WSARecv.orThrow(s, buffers, 1, null, w.ref(w.DWORD), overlapped, routine);
  return { overlapped, text: (bytes: number) => memory.toString('latin1', 0, bytes) };
}

function send(s: w.SOCKET, text: string, to: w.sockaddr_in, routine: Routine) {
  const overlapped = new w.WSAOVERLAPPED();
  const buffers = w.arrayOf(w.WSABUF, [{ len: text.length, buf: Buffer.from(text) }]);
  inFlight.push(overlapped, buffers);
  w.WSASendTo.orThrow(s, buffers, 1, null, 0, to, 16, overlapped, routine);
  return { overlapped };
}

/** Waits, as often as it takes, in a way that lets routines be called. */
function drain(unfinished: () => boolean, onError?: (error: unknown) => void): void {
  while (unfinished()) {
    try {
      assert.equal(k.SleepEx(10_000, 1), k.WAIT_IO_COMPLETION);
    } catch (error) {
      if (!onError || error instanceof assert.AssertionError) throw error;
      onError(error);
    }
  }
}

function lookUp(name: string, then: () => void) {
  let arrived: (outcome: [number, number, number]) => void;
  const outcome = new Promise<[number, number, number]>((resolve) => {
    arrived = resolve;
  });
  const routine = w.LPLOOKUPSERVICE_COMPLETION_ROUTINE.register((error, bytes, overlapped) => {
    arrived([error, bytes, w.addressOf(overlapped!)]);
    then();
  });
  const result = w.ref(w.ptr(w.addrinfoexW));
  const overlapped = new w.OVERLAPPED();
  const hints = new w.addrinfoexW({ ai_family: w.AF_INET });
  const handle = w.ref(w.HANDLE);
  w.GetAddrInfoExW.orThrow(
    name,
    null,
    w.NS_DNS,
    null,
    hints,
    result,
    null,
    overlapped,
    routine,
    handle,
  );
  return { outcome, result, overlapped, routine };
}

function close(...sockets: w.SOCKET[]): void {
  for (const s of sockets) w.closesocket(s);
}

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
// A registered function does not keep the process alive by itself.
const alive = setInterval(() => undefined, 1000);
for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}: ${(error as Error).stack}`);
  }
}
clearInterval(alive);
w.WSACleanup();
console.log(`${Object.keys(cases).length} cases`);
