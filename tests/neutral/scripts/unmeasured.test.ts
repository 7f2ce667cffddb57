// Every pointer and count of the definitions is measured, or says why it is not.

import t from 'tap';
import { unmeasured, voidReasons } from '../../../scripts/generate/unmeasured.ts';

t.test('what nothing measures has its reason', async (t) => {
  const rows = await unmeasured();
  t.same(
    rows.filter(({ reason }) => !reason).map(({ name }) => name),
    [],
  );
  t.same(voidReasons(rows), [], 'no reason is for nothing');
  const names = rows.map(({ name }) => name);
  for (const measured of ['recv.buf', 'WSABUF.buf', 'WSAMSG.dwBufferCount', 'fd_set.fd_count']) {
    t.notOk(names.includes(measured), measured);
  }
  t.ok(names.includes('OVERLAPPED.Pointer'), 'a pointer that is nowhere measured is found');
});
