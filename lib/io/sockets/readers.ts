import { type OperationOptions, watch } from '../ops/give-up.ts';

/** Somebody who waits: for the next of what is received, or until all is sent. */
export interface Reader<T> {
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/**
 * Joins those who wait. What comes after a reader gave up, by signal or time, is for the next one.
 *
 * @param readers in their order; whoever gives up is taken out
 * @param options that were checked
 * @param syscall the name for the error when the time is over
 * @returns rejects with the signal's reason, or WSAETIMEDOUT
 */
export function join<T>(
  readers: Reader<T>[],
  options: OperationOptions,
  syscall: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (!options.signal && options.timeout === undefined) {
      readers.push({ resolve, reject });
      return;
    }
    const end = watch(options, syscall, (reason) => {
      readers.splice(readers.indexOf(reader), 1);
      reject(reason);
    });
    const reader: Reader<T> = {
      resolve(value) {
        end();
        resolve(value);
      },
      reject(reason) {
        end();
        reject(reason);
      },
    };
    readers.push(reader);
  });
}

/**
 * What is read until there is no more.
 *
 * @param next null where there is no more
 * @param leave is called at the end, and where the loop is left early
 */
export async function* untilNull<T>(
  next: () => Promise<T | null>,
  leave: () => unknown,
): AsyncGenerator<T, void, undefined> {
  try {
    for (;;) {
      const one = await next();
      if (one === null) return;
      yield one;
    }
  } finally {
    leave();
  }
}
