import { WinsockError } from '../../ffi/errors/errors.ts';
import type { InternetAddress } from '../families/ip.ts';

/** How long one attempt runs before the next begins beside it: RFC 8305, section 5. */
export const ATTEMPT_DELAY_MILLISECONDS = 250;

/** The order to try addresses in: families in turn, beginning with the one preferred. */
export function interleave(addresses: readonly InternetAddress[]): InternetAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const ordered: InternetAddress[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (first[i]) ordered.push(first[i]!);
    if (second[i]) ordered.push(second[i]!);
  }
  return ordered;
}

interface Race<Result> {
  /** Begins to try an address, until the signal aborts. */
  attempt(address: InternetAddress, signal: AbortSignal): Promise<Result>;
  /** Gets what an attempt gives after another was faster. */
  drop(late: Result): void;
  /** Milliseconds after which the next begins beside those that have not answered. */
  delay: number;
  signal: AbortSignal | undefined;
}

/**
 * The result of the first attempt that succeeds.
 *
 * @throws by rejection: what the attempts threw, in one error, where all have failed; the reason of
 *   the signal; TypeError where there is no address
 */
export function firstOf<Result>(
  addresses: readonly InternetAddress[],
  { attempt, drop, delay, signal }: Race<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<AbortController>();
    const errors: unknown[] = [];
    let next = 0;
    let over = false;
    let timer: NodeJS.Timeout | undefined;

    const finish = () => {
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      for (const one of attempts) one.abort();
    };
    const onAbort = () => {
      finish();
      reject(signal!.reason);
    };
    const failed = (error: unknown) => {
      if (over) return;
      errors.push(error);
      if (next < addresses.length) begin();
      else if (attempts.size === 0) {
        finish();
        reject(inOne(errors));
      }
    };
    const begin = () => {
      clearTimeout(timer);
      const controller = new AbortController();
      attempts.add(controller);
      const address = addresses[next++]!;
      if (next < addresses.length) timer = setTimeout(begin, delay);
      attempt(address, controller.signal).then(
        (result) => {
          attempts.delete(controller);
          if (over) drop(result);
          else {
            finish();
            resolve(result);
          }
        },
        (error) => {
          attempts.delete(controller);
          failed(error);
        },
      );
    };
    if (addresses.length === 0) {
      reject(new TypeError('no address to connect to'));
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    begin();
  });
}

/** Several failures as one: that of a connect rather than of a step before it, which tells of all. */
function inOne(errors: readonly unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  const isConnect = (error: unknown): error is WinsockError =>
    error instanceof WinsockError && error.syscall.startsWith('ConnectEx');
  const main = errors.find(isConnect) ?? errors[0];
  if (!(main instanceof WinsockError)) return main;
  const others = errors
    .filter((error) => error !== main)
    .map((error) => (error instanceof Error ? error.message : String(error)));
  main.message = [main.message, ...others].join('; ');
  return Object.assign(main, { errors });
}
