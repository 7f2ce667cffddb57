import t from 'tap';
import { runFuzzer } from './support.ts';

const SEED = 20_261_130;
const ROUNDS = 5;

t.test('whatever is exported takes nonsense', { timeout: 600_000 }, async (t) => {
  await runFuzzer(t, 'calls.ts', [SEED, ROUNDS, 'spi,iphlpapi,qos,helpers,io'], (counts) => {
    const { calls = 0, made = 0, refused = 0 } = counts;
    t.ok(made > 0 && refused > 0, `${calls} calls: ${made} made, ${refused} refused`);
  });
});
