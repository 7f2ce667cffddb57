/** The stack of calls on other threads. */
import { createRequire } from 'node:module';
import t from 'tap';
import { WSAGetLastError } from 'winsock';

const koffi = createRequire(import.meta.url)('koffi') as {
  config(): { async_stack_size: number };
};

t.test('a call on another thread has a stack as deep as lookups of Windows need', (t) => {
  WSAGetLastError();
  t.ok(koffi.config().async_stack_size >= 1 << 20);
  t.end();
});
