// What an editor shows of the package, by the language service of TypeScript that editors ask.

import { createRequire } from 'node:module';
import path from 'node:path';
import t from 'tap';
import { ensureConsumer, tools } from './consumer.ts';

const consumer = await ensureConsumer();
// The version of the package's own tools has no language service that a program can load.
const typescript = consumer.skip ? undefined : await tools(['typescript@5.9.3'], 'linux');
const skip = consumer.skip || (typescript === undefined && 'TypeScript cannot be fetched');

/** What is used of the language service. */
interface Service {
  getCompletionsAtPosition(
    file: string,
    at: number,
    options: object,
  ): { entries: { name: string }[] } | undefined;
  getSemanticDiagnostics(
    file: string,
  ): { start: number; messageText: string | { messageText: string; next?: unknown[] } }[];
  getQuickInfoAtPosition(
    file: string,
    at: number,
  ): { displayParts: { text: string }[]; documentation: { text: string }[] } | undefined;
  getSignatureHelpItems(
    file: string,
    at: number,
    options: object,
  ):
    | { argumentIndex: number; items: { parameters: { documentation: { text: string }[] }[] }[] }
    | undefined;
}

const FILE = path.join(consumer.dir, 'editor.mts');

// biome-ignore lint/suspicious/noExplicitAny: its types are those of another TypeScript
let ts: any;
/** What all services share: the declarations of the package are read once. */
let documents: unknown;

/** A service for one file of the consumer's, with what it says at the place of a `|` in it. */
function open(marked: string) {
  ts ??= createRequire(path.join(typescript!, 'package.json'))('typescript');
  documents ??= ts.createDocumentRegistry();
  const at = marked.indexOf('|');
  const text = marked.replace('|', '');
  const service = ts.createLanguageService(
    {
      getScriptFileNames: () => [FILE],
      getScriptVersion: (file: string) => (file === FILE ? text : '1'),
      getScriptSnapshot: (file: string) => {
        const content = file === FILE ? text : ts.sys.readFile(file);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => consumer.dir,
      getCompilationSettings: () => ({
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        strict: true,
        noEmit: true,
        skipLibCheck: true,
      }),
      getDefaultLibFileName: (options: object) => ts.getDefaultLibFilePath(options),
      fileExists: (file: string) => file === FILE || ts.sys.fileExists(file),
      readFile: (file: string) => ts.sys.readFile(file),
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    },
    documents,
  ) as Service;
  return { service, at, text };
}

function completions(marked: string): string[] {
  const { service, at } = open(marked);
  return (service.getCompletionsAtPosition(FILE, at, {})?.entries ?? []).map(({ name }) => name);
}

function errors(source: string): string[] {
  const { service, text } = open(source);
  return service.getSemanticDiagnostics(FILE).map(({ start, messageText }) => {
    const line = text.slice(0, start).split('\n').length;
    const message = typeof messageText === 'string' ? messageText : messageText.messageText;
    return `${line}: ${message}`;
  });
}

function hover(marked: string): string {
  const { service, at } = open(marked);
  const info = service.getQuickInfoAtPosition(FILE, at);
  return [...(info?.displayParts ?? []), ...(info?.documentation ?? [])]
    .map(({ text }) => text)
    .join('');
}

const IMPORT =
  "import { int, sockaddr_in, struct, WSABUF, DWORD, array, char, WSARecv } from 'winsock';\n";
const options = { skip, timeout: 120_000 };

t.test('an initialiser is completed with the fields, and with nothing else', options, async (t) => {
  t.same(completions(`${IMPORT}new sockaddr_in({ | });`).sort(), [
    'sin_addr',
    'sin_family',
    'sin_port',
    'sin_zero',
  ]);
  t.same(completions(`${IMPORT}new WSABUF({ | });`).sort(), ['buf', 'len']);
  t.ok(completions(`${IMPORT}new sockaddr_in({ sin_addr: { | } });`).includes('s_addr'));
  t.notOk(completions(`${IMPORT}new sockaddr_in({ sin_addr: { | } });`).includes('byteLength'));
});

t.test('a wrong field is one short error at that field', options, async (t) => {
  t.same(errors(`${IMPORT}new sockaddr_in({\n  sin_family: 2,\n  sin_prot: 80,\n});`), [
    "4: Object literal may only specify known properties, but 'sin_prot' does not exist in type 'FieldsOf<sockaddr_in>'. Did you mean to write 'sin_port'?",
  ]);
  t.same(errors(`${IMPORT}new sockaddr_in({\n  sin_port: '80',\n});`), [
    "3: Type 'string' is not assignable to type 'number'.",
  ]);
  t.same(errors(`${IMPORT}new sockaddr_in({\n  sin_addr: { s_adr: 1 },\n});`), [
    "3: Object literal may only specify known properties, but 's_adr' does not exist in type 'FieldsOf<in_addr>'. Did you mean to write 's_addr'?",
  ]);
});

t.test('what is right is no error', options, async (t) => {
  t.same(
    errors(`${IMPORT}
const address = new sockaddr_in({ sin_family: 2, sin_addr: { s_addr: 1 }, sin_zero: 'x' });
new sockaddr_in(address);
new sockaddr_in({ sin_addr: address.sin_addr });
new sockaddr_in(address.buffer, address.byteOffset);
new WSABUF({ len: 4, buf: Buffer.alloc(4) });`),
    [],
  );
});

t.test("a program's own structure has its type from its fields", options, async (t) => {
  const own = `${IMPORT}const point = struct('point', { x: int, y: DWORD, name: array(char, 8), address: sockaddr_in });
`;
  t.same(completions(`${own}new point({ | });`).sort(), ['address', 'name', 'x', 'y']);
  const found = errors(`${own}const p = new point({ x: 1, name: 'abc', address: { sin_port: 5 } });
const sum: number = p.x + p.y + p.address.sin_port;
p.z;`);
  t.equal(found.length, 1);
  t.match(found[0], /^5: Property 'z' does not exist on type/);
});

t.test('a name tells what it is', options, async (t) => {
  t.match(hover(`${IMPORT}WSARec|v;`), /Receives/);
  t.match(hover(`${IMPORT}declare const a: sockaddr_in;\na.sin_p|ort;`), /network byte order/);
  t.match(hover(`${IMPORT}new sockaddr_in({ sin_p|ort: 1 });`), /network byte order/);
  const constants = "import { MSG_WAITALL, SO_RCVTIMEO, WSAECONNRESET, AF_IPX } from 'winsock';\n";
  t.match(hover(`${constants}SO_RCV|TIMEO;`), /milliseconds/);
  t.match(hover(`${constants}WSAECONN|RESET;`), /The peer reset the connection/);
  t.match(hover(`${constants}AF_I|PX;`), /Address families/, 'what all of its group are');
});

/** What is said of the parameter that is being written. */
function helpAt(marked: string): string {
  const { service, at } = open(marked);
  const help = service.getSignatureHelpItems(FILE, at, {});
  const parameter = help?.items[0]?.parameters[help.argumentIndex];
  return parameter?.documentation.map(({ text }) => text).join('') ?? '';
}

t.test('a parameter tells what it is, and its direction once', options, async (t) => {
  t.equal(helpAt(`${IMPORT}WSARecv(|`), 'The socket.');
  t.match(helpAt(`${IMPORT}WSARecv(1, |`), /^The buffers\. `dwBufferCount` elements are read\.$/);
  const received = 'Gets the number of bytes received, where that is at once. May be NULL.';
  t.equal(helpAt(`${IMPORT}WSARecv(1, null, 1, |`), received);
  t.equal(helpAt(`${IMPORT}WSARecv.orThrow(1, null, 1, |`), received, 'as well of orThrow');
  t.match(hover(`${IMPORT}WSARec|v(1, null, 1, null, null, null, null);`), /Receives/);
});
