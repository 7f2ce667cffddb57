/** How ioredis gets our connections: `new Redis({ Connector })`. */

import { AbstractConnector, type RedisOptions } from 'ioredis';
import { createConnection, type SocketDuplex } from 'winsock/io';

export class Connector extends AbstractConnector {
  readonly #options: RedisOptions;

  constructor(options: unknown) {
    const given = options as RedisOptions;
    super(given.disconnectTimeout ?? 2000);
    this.#options = given;
  }

  override async connect(): Promise<SocketDuplex> {
    const { host, port, family, path } = this.#options;
    const stream = createConnection({ host, port, family, path });
    this.connecting = true;
    this.stream = stream;
    stream.once('error', (error) => {
      this.firstError = error;
    });
    return stream;
  }
}
