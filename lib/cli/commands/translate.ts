import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Translation } from '../../tools/translate/index.ts';
import { everything, MIRROR } from '../data.ts';
import { onceEach } from '../given.ts';

export const TRANSLATE = `winsock translate [-o DIR] [-I DIR] [-D NAME[=VALUE]] [--encoding NAME] [--force] [--json] FILE.c…
                                  writes a C program as a TypeScript program`;

interface Words {
  readonly files: string[];
  /** By -I: where else included files may be. */
  readonly folders: string[];
  readonly defines: Record<string, string>;
  out: string | undefined;
  encoding: string | undefined;
  force: boolean;
  json: boolean;
}

function read(args: readonly string[]): Words | string {
  const words: Words = {
    files: [],
    folders: [],
    defines: {},
    out: undefined,
    encoding: undefined,
    force: false,
    json: false,
  };
  const again = onceEach();
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    const [option, inline] = /^--?\w[\w-]*=/.test(arg) ? arg.split(/=(.*)/s, 2) : [arg];
    const next = () => inline ?? args[++at];
    if (arg === '--force') words.force = true;
    else if (arg === '--json') words.json = true;
    else if (option === '-o' || option === '--output') {
      const wrong = again('--output');
      if (wrong) return wrong;
      words.out = next();
      if (words.out === undefined) return `${option} wants a directory`;
    } else if (option === '--encoding') {
      const wrong = again(option);
      if (wrong) return wrong;
      words.encoding = next();
      if (words.encoding === undefined) return '--encoding wants a name, such as windows-1251';
    } else if (arg.startsWith('-I')) {
      const folder = arg.length > 2 ? arg.slice(2) : args[++at];
      if (folder === undefined) return '-I wants a directory';
      words.folders.push(folder);
    } else if (arg.startsWith('-D')) {
      const definition = arg.length > 2 ? arg.slice(2) : (args[++at] ?? '');
      const [name = '', value = '1'] = definition.split(/=(.*)/s, 2);
      if (!/^[A-Za-z_]\w*$/.test(name)) return '-D wants a name';
      words.defines[name] = value;
    } else if (arg.startsWith('-')) return `translate has no option ${arg}`;
    else words.files.push(arg);
  }
  return words.files.length === 0 ? 'translate wants a file of C' : words;
}

/** Translates the files, all or none, and says what became of them. */
export async function translate(
  args: readonly string[],
  misused: (message: string) => number,
): Promise<number> {
  const words = read(args);
  if (typeof words === 'string') return misused(words);
  const tool = await import('../../tools/translate/index.ts');
  const exports = new Map<string, { entry: string; value: unknown }>();
  for (const { name, entry, value } of await everything(MIRROR)) {
    if (!exports.has(name)) exports.set(name, { entry, value });
  }
  const outputs = words.files.map((file) =>
    path.join(words.out ?? path.dirname(file), `${path.parse(file).name}.ts`),
  );
  for (const [index, file] of words.files.entries()) {
    if (!existsSync(file)) return failed(`there is no file ${file}`);
    const output = outputs[index]!;
    if (existsSync(output) && !words.force) {
      return failed(`${output} is there already; --force overwrites it`);
    }
    if (outputs.indexOf(output) !== index) return failed(`two files would become ${output}`);
  }
  let done: readonly Translation[];
  try {
    const inputs = words.files.map((file) => ({
      file,
      source: tool.decode(readFileSync(file), words.encoding),
      include: (name: string, from = path.dirname(file)) =>
        included([from, path.dirname(file), ...words.folders], name, (bytes) =>
          tool.decode(bytes, words.encoding),
        ),
    }));
    done = await tool.translate(inputs, { exports, defines: words.defines });
  } catch (error) {
    const isExpected =
      error instanceof tool.NotC || error instanceof tool.NoGrammar || error instanceof RangeError;
    if (isExpected) return failed(error.message);
    throw error;
  }
  const reports = done.map(({ report }, index) => ({ ...report, output: outputs[index]! }));
  if (words.out !== undefined) mkdirSync(path.resolve(words.out), { recursive: true });
  for (const [index, { text }] of done.entries())
    writeFileSync(path.resolve(outputs[index]!), text);
  console.log(
    words.json ? JSON.stringify(reports, null, 2) : reports.map(tool.reportText).join('\n'),
  );
  return 0;
}

/** A file that is included, from the first of the folders that has it. Windows asks for no capitals. */
function included(
  folders: readonly string[],
  name: string,
  decode: (bytes: Uint8Array) => { readonly text: string },
): { text: string; folder: string; file: string } | undefined {
  for (const folder of folders) {
    const file = fileOf(folder, name.split(/[\\/]/));
    if (file) return { text: decode(readFileSync(file)).text, folder: path.dirname(file), file };
  }
  return undefined;
}

function fileOf(folder: string, parts: readonly string[]): string | undefined {
  let file = path.resolve(folder);
  for (const part of parts) {
    const exact = path.join(file, part);
    if (existsSync(exact)) {
      file = exact;
      continue;
    }
    const others = existsSync(file) ? readdirSync(file) : [];
    const found = others.find((other) => other.toLowerCase() === part.toLowerCase());
    if (found === undefined) return undefined;
    file = path.join(file, found);
  }
  return file;
}

function failed(message: string): number {
  console.error(`winsock: ${message}`);
  return 1;
}
