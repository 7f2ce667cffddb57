import t from 'tap';
import { runFuzzer } from './support.ts';

const SEED = 1;
const ROUNDS = 20;

t.test('sockets keep what was said of them in every state', { timeout: 600_000 }, async (t) => {
  await runFuzzer(t, 'states.ts', [SEED, ROUNDS], ({ rounds, connections }) => {
    t.equal(rounds, ROUNDS);
    t.ok(connections! >= ROUNDS, `${connections} connections`);
  });
});
