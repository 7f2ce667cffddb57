import * as w from 'winsock';
import * as k from 'winsock/kernel';

const GetProcessHandleCount = w.func<(process: w.HANDLE, count: w.Ref<number>) => number>(
  'kernel32',
  'GetProcessHandleCount',
  w.NeverFails,
  () => [w.int, w.p('process', w.HANDLE), w.p('count', w.ptr(w.DWORD), 'out')],
);

/** Handles whose numbers were given back are used again, the lowest first; so many may be free in between. */
const GAPS = 32;

/** How many handles this process has, or about how many. */
export function handleCount(): number {
  const count = w.ref(w.DWORD);
  GetProcessHandleCount(k.GetCurrentProcess(), count);
  if (count.value > 0) return count.value;
  // Wine counts none. There the numbers of new handles say how many are taken.
  const events = Array.from({ length: GAPS }, () => k.CreateEventW.orThrow(null, 0, 0, null));
  const highest = Math.max(...events.map(Number));
  for (const event of events) k.CloseHandle(event);
  return highest / 4;
}
