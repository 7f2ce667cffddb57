import * as w from 'winsock';
import * as k from 'winsock/kernel';

const GetProcessHandleCount = w.func<(process: w.HANDLE, count: w.Ref<number>) => number>(
  'kernel32',
  'GetProcessHandleCount',
  w.NeverFails,
  () => [w.int, w.p('process', w.HANDLE), w.p('count', w.ptr(w.DWORD), 'out')],
);

/** The handles that this process has. */
export function handleCount(): number {
  const count = w.ref(w.DWORD);
  GetProcessHandleCount(k.GetCurrentProcess(), count);
  return count.value;
}
