/** Runs command lines of `winsock perf`, each a line of JSON on standard input, one after another. */
import { createInterface } from 'node:readline';
import { runCommand } from 'winsock/perf';

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const code = await runCommand(JSON.parse(line) as string[]);
  console.log(`\nended ${code}`);
}
process.exit(0);
