/** The server's side of a test of latency: connections that answer, and others that only take. */
import { messageOf } from '../perf-error.ts';
import type { Control } from '../protocol/control.ts';
import { State } from '../protocol/states.ts';
import { processorMeter } from '../system.ts';
import type { Connection } from '../transport.ts';
import { Role } from './parameters.ts';

/** What the server has seen of a test of latency. */
export interface LatencyServerResults {
  /** Percent of one processor. */
  readonly cpu: number;
  readonly connections: number;
  readonly bytes: number;
}

export interface LatencyServing {
  owns(cookie: Buffer): boolean;
  addConnection(connection: Connection, early: Buffer): void;
  terminate(): void;
  /** What was seen, once the client has ended the test. */
  readonly ended: Promise<LatencyServerResults>;
}

export function serveLatency(control: Control, cookie: Buffer): LatencyServing {
  const own = Buffer.from(cookie);
  const open = new Set<Connection>();
  const cpu = processorMeter();
  let connections = 0;
  let bytes = 0;

  const serve = (connection: Connection, role: number) => {
    if (role === Role.ECHO) {
      connection.onData((data) => {
        bytes += data.length;
        connection.write(data);
      });
    } else {
      connection.onData((data) => {
        bytes += data.length;
      });
    }
  };

  const addConnection = (connection: Connection, early: Buffer) => {
    connections++;
    open.add(connection);
    connection.setOptions({ noDelay: true });
    connection.onEnd(() => {
      open.delete(connection);
      connection.destroy();
    });
    const begin = (first: Buffer) => {
      const role = first[0]!;
      serve(connection, role);
      const rest = first.subarray(1);
      bytes += rest.length;
      if (rest.length > 0 && role === Role.ECHO) connection.write(rest);
    };
    if (early.length > 0) begin(Buffer.from(early));
    else connection.onData((data) => begin(Buffer.from(data)));
  };

  const run = async () => {
    control.writeState(State.CREATE_STREAMS);
    try {
      await control.expectState(State.TEST_END);
      control.writeState(State.EXCHANGE_RESULTS);
      const results: LatencyServerResults = { cpu: cpu().total, connections, bytes };
      control.writeJson(results);
      await control.read(1, 'end', 5000).catch(() => undefined);
      return results;
    } finally {
      for (const connection of open) connection.destroy();
      control.connection.end();
      const { connection } = control;
      setTimeout(() => connection.destroy(), 1000).unref();
    }
  };

  return {
    owns: (other) => own.equals(other),
    addConnection,
    terminate: () => control.writeState(State.SERVER_TERMINATE),
    ended: run().catch((error) => {
      throw new Error(`the test of latency ended: ${messageOf(error)}`);
    }),
  };
}
