/** Blocking calls, with a thread for each connection. */
import { parentPort, Worker } from 'node:worker_threads';
import { accept, closesocket, INVALID_SOCKET, recv, type SOCKET, send } from '../../../index.ts';
import { Answers, RECEIVED_AT_ONCE } from './answers.ts';
import { type ListeningSocket, sendAtOnce } from './listener.ts';

/** What a thread is given: the SOCKET of its connection. */
export interface ThreadData {
  readonly connection: SOCKET;
}

/**
 * Accepts by `accept.async`, so that this thread can start others meanwhile.
 *
 * @param script the program that threads run
 */
export async function serve({ socket: listening }: ListeningSocket, script: URL): Promise<never> {
  for (;;) {
    const connection = await accept.async(listening, null, null);
    if (connection === INVALID_SOCKET) continue;
    sendAtOnce(connection);
    const data: ThreadData = { connection };
    const thread = new Worker(script, { workerData: data });
    // Its lifeline is over. An orderly exit would wait for the accept, which nobody ends.
    thread.on('message', () => process.kill(process.pid, 'SIGKILL'));
  }
}

/** What a thread does: receives and answers until the connection is over. */
export function serveConnection({ connection }: ThreadData): void {
  const answers = new Answers(() => parentPort?.postMessage('over'));
  const buffer = Buffer.from(new ArrayBuffer(RECEIVED_AT_ONCE));
  for (;;) {
    const received = recv(connection, buffer, buffer.length, 0);
    if (received <= 0) break;
    let answer = answers.answer(buffer.subarray(0, received));
    while (answer && answer.length > 0) {
      const sent = send(connection, answer, answer.length, 0);
      if (sent <= 0) break;
      answer = answer.subarray(sent);
    }
  }
  closesocket(connection);
  answers.ended();
}
