/**
 * The first answer of a process over node:net and over winsock/net: from the import on, and from `listen` on.
 *
 *   npm start -- bench/first-answer.ts [ROUNDS]
 *
 * A fresh process for each, interleaved. A server and its client are in one process, and each sends one piece.
 */
import { execFileSync } from 'node:child_process';
import { median } from 'winsock/perf';

const rounds = Number(process.argv[2] ?? 9);
const modules = ['node:net', 'winsock/net'];

const program = (name: string) => `
  const began = performance.now();
  const { default: net } = await import('${name}');
  const imported = performance.now();
  const server = net.createServer((socket) => socket.once('data', (data) => socket.end(data)));
  server.listen(0, '127.0.0.1', () => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write('question'));
    socket.once('data', () => {
      const answered = performance.now();
      console.log(JSON.stringify([imported - began, answered - imported]));
      process.exit(0);
    });
  });`;

const times = new Map(modules.map((name) => [name, [[], []] as [number[], number[]]]));
for (let round = 0; round < rounds; round++) {
  for (const name of modules) {
    const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program(name)], {
      cwd: new URL('..', import.meta.url),
      encoding: 'utf8',
    });
    const [imported, answered] = JSON.parse(text) as [number, number];
    const [imports, answers] = times.get(name)!;
    imports.push(imported);
    answers.push(answered);
  }
}
for (const [name, [imports, answers]] of times) {
  const least = Math.min(...answers).toFixed(1);
  console.log(
    `${name}: import ${median(imports).toFixed(1)} ms, first answer ${median(answers).toFixed(1)} ms after it (least ${least})`,
  );
}
