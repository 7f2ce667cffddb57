import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

t.test('the package in a vm context, as test runners have it', async (t) => {
  const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));
  const program = `
    import vm from 'node:vm';
    import { readFileSync } from 'node:fs';
    import { pathToFileURL } from 'node:url';
    import path from 'node:path';
    const context = vm.createContext({ process, Buffer, console, setTimeout, structuredClone });
    const modules = new Map();
    async function load(specifier, from) {
      const key = specifier.startsWith('.') ? path.resolve(path.dirname(from), specifier) : specifier;
      if (modules.has(key)) return modules.get(key);
      let made;
      if (specifier.startsWith('.')) {
        const url = pathToFileURL(key).href;
        made = new vm.SourceTextModule(readFileSync(key, 'utf8'), {
          context, identifier: key, initializeImportMeta: (meta) => { meta.url = url; },
        });
      } else {
        const real = await import(specifier);
        made = new vm.SyntheticModule(Object.keys(real), function () {
          for (const name of Object.keys(real)) this.setExport(name, real[name]);
        }, { context });
      }
      modules.set(key, made);
      return made;
    }
    const entry = await load('./index.js', ${JSON.stringify(path.join(dist, 'index.js'))});
    await entry.link((specifier, { identifier }) => load(specifier, identifier));
    await entry.evaluate();
    const w = entry.namespace;
    w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
    const result = w.ref(w.ptr(w.addrinfo));
    const code = w.getaddrinfo('127.0.0.1', null, null, result);
    const { ai_family, ai_addr } = result.value;
    const address = w.inet_ntoa(w.cast(w.sockaddr_in, ai_addr).sin_addr);
    const host = w.gethostbyname('127.0.0.1');
    const name = new w.sockaddr_in();
    const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
    const sent = w.send(s, Buffer.from('hello'), 5, 0);
    let refused = '';
    try { w.send(s, Buffer.from('hello'), 6, 0); } catch (error) { refused = error.name; }
    console.log(code, ai_family, address, host.h_length, sent, refused);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--experimental-vm-modules',
    '--no-warnings',
    '--input-type=module',
    '-e',
    program,
  ]);
  t.equal(stdout.trim(), '0 2 127.0.0.1 4 -1 RangeError');
});
