/** How undici gets our connections: `new Agent({ connect })`. */

import type { buildConnector } from 'undici';
import { createConnection } from 'winsock/io';

/** The time a connection may take; undici leaves that to whoever connects. */
const TIMEOUT = 10_000;

export const connect: buildConnector.connector = ({ hostname, port, localAddress }, callback) => {
  const socket = createConnection({
    host: hostname,
    port: port || 80,
    ...(localAddress && { localAddress }),
    noDelay: true,
    timeout: TIMEOUT,
  });
  const onTimeout = () => {
    const error = new Error(`connect ETIMEDOUT ${hostname}:${port}`);
    socket.destroy(Object.assign(error, { code: 'ETIMEDOUT' }));
  };
  const onError = (error: Error) => callback(error, null);
  socket.once('timeout', onTimeout).once('error', onError);
  socket.once('connect', () => {
    socket.off('timeout', onTimeout).off('error', onError).setTimeout(0);
    callback(null, socket);
  });
};
