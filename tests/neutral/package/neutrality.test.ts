import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';

const run = promisify(execFile);
const manifest = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as {
  exports: Record<string, unknown>;
};
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => `winsock${entry.slice(1)}`);

/** Runs a program in a fresh process of this run time and gives what it prints. */
async function output(program: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    cwd: new URL('../../..', import.meta.url),
  });
  return stdout.trim();
}

t.test('importing an entry point loads no native code', async (t) => {
  for (const entry of entries) {
    // The run time itself has loaded Winsock where there is one.
    // winsock/register is of no use elsewhere, and says so.
    const refuses = entry === 'winsock/register' && process.platform !== 'win32';
    const refusal = `.catch(({ message }) => console.assert(/ on Windows only\\.$/.test(message)))`;
    const loaded = await output(`
      const before = process.report.getReport().sharedObjects;
      await import(${JSON.stringify(entry)})${refuses ? refusal : ''};
      const { sharedObjects } = process.report.getReport();
      const added = sharedObjects.filter((name) => !before.includes(name));
      console.log(added.filter((name) => /koffi|ref-napi|wsock|qwave|traffic/i.test(name)).join());
    `);
    t.equal(loaded, '', entry);
  }
});

t.test('types, structures and constants work without a DLL', async (t) => {
  const printed = await output(`
    import { AF_INET, sizeof, sockaddr_in, sockaddr_in6, WSADATA, errorName } from 'winsock';
    const a = new sockaddr_in({ sin_family: AF_INET, sin_port: 0x5000 });
    console.log(sizeof(a), sizeof(sockaddr_in6), sizeof(WSADATA), a[3], errorName(10054));
  `);
  t.equal(printed, '16 28 408 80 WSAECONNRESET');
});

t.test('a call says why it cannot be made', { skip: process.platform === 'win32' }, async (t) => {
  const message = await output(`
    import { WSAStartup, WSADATA } from 'winsock';
    try { WSAStartup(0x202, new WSADATA()); } catch (error) { console.log(error.code, error.message); }
  `);
  t.match(
    message,
    /^ERR_WINSOCK_PLATFORM WSAStartup is a function of ws2_32\.dll, which exists on Windows only/,
  );
});
