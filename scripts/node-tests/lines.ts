import { Writable } from 'node:stream';

/** Takes text, and hands it on line by line. */
export class Lines extends Writable {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    super();
    this.#onLine = onLine;
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const lines = (this.#rest + data.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
    done();
  }
}
