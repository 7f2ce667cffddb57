/** How the two threads of a completion port hand the right to dequeue to each other. */
import t from 'tap';
import {
  HOLDER,
  HOLDER_IS_OWNER,
  HOLDER_IS_POLLER,
  STOP,
  tellToStop,
} from '../../../lib/io/port/baton-state.ts';

t.test(
  'a poller that is told to stop between its look and its wait does not fall asleep',
  async (t) => {
    const state = new Int32Array(new SharedArrayBuffer(64));
    // The poller has looked: it shall not stop, and the baton is not its own.
    t.equal(Atomics.load(state, STOP), 0);
    t.equal(Atomics.load(state, HOLDER), HOLDER_IS_OWNER);
    tellToStop(state);
    // Now it waits, as it decided before.
    t.equal(Atomics.wait(state, HOLDER, HOLDER_IS_OWNER, 100), 'not-equal');
    t.equal(Atomics.load(state, STOP), 1);
  },
);

t.test('a poller that has the baton keeps it until its packet comes', async (t) => {
  const state = new Int32Array(new SharedArrayBuffer(64));
  Atomics.store(state, HOLDER, HOLDER_IS_POLLER);
  tellToStop(state);
  t.equal(Atomics.load(state, HOLDER), HOLDER_IS_POLLER);
});
