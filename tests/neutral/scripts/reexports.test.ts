import t from 'tap';
import { exportWhole, withoutUnusedImports } from '../../../scripts/host/build/reexports.ts';

const names = Array.from({ length: 60 }, (_, index) => `A${index}`);
const chunk = `export {\n  ${[...names, 'local2 as named'].join(',\n  ')}\n};\n`;

function entry(exported: readonly string[]): string {
  return [
    `import {\n  ${[...names, 'named as named2'].join(',\n  ')}\n} from "./chunk-X.js";`,
    'var own = A1 + A2;',
    `export {\n  ${exported.join(',\n  ')}\n};\n`,
  ].join('\n');
}

t.test(
  'a chunk that is exported whole is named once, and what is used of it is imported',
  async (t) => {
    const code = entry([...names, 'named2 as named', 'own', 'A3 as other']);
    t.equal(
      exportWhole(code, () => chunk),
      [
        'import {\n  A1,\n  A2,\n  A3\n} from "./chunk-X.js";',
        'var own = A1 + A2;',
        'export {\n  own,\n  A3 as other\n};',
        'export * from "./chunk-X.js";\n',
      ].join('\n'),
    );
  },
);

t.test(
  'a chunk of which one name is not exported, or under another name, stays as it is',
  async (t) => {
    for (const exported of [names, [...names, 'named2 as another']]) {
      const code = entry(exported);
      t.equal(
        exportWhole(code, () => chunk),
        code,
      );
    }
  },
);

t.test(
  'names that are imported from a chunk and not used are left out, and every line stays',
  async (t) => {
    const code = [
      'import { used, unused, far as near, far2 as unused2 } from "./chunk-X.js";',
      'import { other } from "./io.js";',
      'used(near);\n',
    ].join('\n');
    t.equal(
      withoutUnusedImports(code),
      [
        'import { used, far as near } from "./chunk-X.js";',
        'import { other } from "./io.js";',
        'used(near);\n',
      ].join('\n'),
    );
  },
);
