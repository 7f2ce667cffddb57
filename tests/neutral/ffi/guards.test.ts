import t from 'tap';
import { requireKoffi, requireSupportedRuntime } from '../../../lib/ffi/native/koffi.ts';
import { insteadOfRefNapi, refNapi } from '../../../lib/ffi/native/ref-napi.ts';

t.test('run times that are too old are refused', async (t) => {
  for (const versions of [
    { node: '22.0.0' },
    { node: '26.10.0' },
    { bun: '1.4.0', node: '20.0.0' },
  ]) {
    t.doesNotThrow(() => requireSupportedRuntime(versions));
  }
  t.throws(() => requireSupportedRuntime({ node: '20.20.2' }), {
    message: /Node\.js 22 or later.*20\.20\.2/,
  });
  t.throws(() => requireSupportedRuntime({ bun: '1.3.14', node: '24.0.0' }), {
    message: /Bun 1\.4\.0 or later.*1\.3\.14/,
  });
});

t.test('versions of koffi that do not fit are refused', async (t) => {
  for (const version of ['3.3.4', '3.4.0']) t.doesNotThrow(() => requireKoffi(version));
  for (const version of ['3.3.3', '3.1.4', '2.15.0', '4.0.0'])
    t.throws(() => requireKoffi(version), { message: /koffi 3\.3\.4/ });
});

t.test('koffi does what ref-napi does, where that has no binary', async (t) => {
  t.not(refNapi(), insteadOfRefNapi);
  const memory = Buffer.from(new ArrayBuffer(64), 8, 16);
  t.equal(insteadOfRefNapi.address(memory), refNapi().address(memory));
  for (const text of ['', 'text', 'größer']) {
    t.same(insteadOfRefNapi.allocCString(text), refNapi().allocCString(text));
  }
});
