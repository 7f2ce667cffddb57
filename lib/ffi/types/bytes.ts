/** Memory of one value. Slices of it are bytes: a part of a record is no record. */
export class Bytes extends Uint8Array<ArrayBuffer> {
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }
}
