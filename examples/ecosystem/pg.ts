/**
 * PostgreSQL over an I/O completion port: the package pg with our sockets below.
 *
 *   npm start -- examples/ecosystem/pg.ts postgres://postgres@localhost/postgres "select version()"
 */

import pg from 'pg';
import { SocketDuplex } from 'winsock/io';

const USAGE = `usage: pg URL STATEMENT…
Runs the statements one after the other and prints their rows, as JSON.`;

const [url, ...statements] = process.argv.slice(2);
if (!url || statements.length === 0 || url === '--help') {
  console.log(USAGE);
  process.exit(url === '--help' ? 0 : 1);
}

const client = new pg.Client({ connectionString: url, stream: () => new SocketDuplex() });
try {
  await client.connect();
  for (const statement of statements) {
    const { command, rowCount, rows } = await client.query(statement);
    for (const row of rows) console.log(JSON.stringify(row));
    console.log(`${command} ${rowCount ?? ''}`);
  }
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  console.log(`${code}: ${message}`);
  process.exitCode = 1;
} finally {
  await client.end();
}
