/** Something on this machine is missing or went wrong; the message says what to do and needs no stack. */
export class HostError extends Error {
  override name = 'HostError';
}
