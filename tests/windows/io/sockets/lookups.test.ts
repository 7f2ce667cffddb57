/** Names that are looked up, many at once. */
import t from 'tap';
import { CompletionPort, resolve } from 'winsock/io';
import { closing } from '../support.ts';

const MANY = 700;

t.test('more lookups than the foreign-function library takes calls are all answered', async (t) => {
  const port = closing(t, new CompletionPort());
  const wanted = Array.from({ length: MANY }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  const found = await Promise.all(wanted.map((address) => resolve(address)));
  t.same(
    found.map((addresses) => addresses.map(({ address }) => address)),
    wanted.map((address) => [address]),
  );
  const { bytes, free } = port.stats().buffers;
  t.equal(free, bytes, 'every block has been given back');
});

t.test(
  'a lookup that is given up settles at once, and disturbs none of its neighbours',
  async (t) => {
    const reason = new Error('enough');
    const given = Array.from({ length: MANY }, async (_, i) => {
      const controller = new AbortController();
      const found = resolve(`10.2.${i >> 8}.${i & 255}`, { signal: controller.signal });
      controller.abort(reason);
      await t.rejects(found, reason);
    });
    const wanted = Array.from({ length: 100 }, (_, i) => `10.3.0.${i}`);
    const found = await Promise.all(wanted.map((address) => resolve(address)));
    await Promise.all(given);
    t.same(
      found.map(([first]) => first?.address),
      wanted,
    );
  },
);
