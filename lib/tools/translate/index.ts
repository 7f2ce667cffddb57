import path from 'node:path';
import { Api, type Exports } from './api.ts';
import { parse, type Syntax } from './grammar.ts';
import { type Included, type Preprocessed, Preprocessor } from './read/preprocess.ts';
import { ProgramReader } from './read/program.ts';
import { withoutComments } from './read/text.ts';
import { Report, type ReportData } from './report.ts';
import { encodedLength, type Source } from './source.ts';
import { link } from './survey/link.ts';
import { Survey } from './survey/survey.ts';
import { writeProgram } from './write/program.ts';
import { rename } from './write/rename.ts';

export { NoGrammar } from './grammar.ts';
export type { Included } from './read/preprocess.ts';
export { type ReportData, reportText } from './report.ts';
export { decode, type Source } from './source.ts';

export interface Options {
  /** What the package exports. */
  readonly exports: Exports;
  /** By -D: names and their values. */
  readonly defines?: Readonly<Record<string, string>>;
}

export interface Translation {
  readonly text: string;
  readonly report: ReportData;
}

/** What is no C: nothing is written for it. */
export class NotC extends Error {}

const CPP =
  /^\s*(?:class\s+\w+|template\s*<|using\s+namespace\b|namespace\s+\w+\s*\{|#\s*include\s*<(?:iostream|string|vector|map|memory|thread|algorithm)>)/m;

/** A file of the program: its name and what it has. */
export interface Input {
  readonly file: string;
  readonly source: Source;
  /** A file that is included by its name in quotes, from a folder: the main file's where none is given. */
  include?(name: string, from?: string): Included | undefined;
}

/** Translates the files of a program. */
export async function translate(
  inputs: readonly Input[],
  options: Options,
): Promise<readonly Translation[]> {
  const parts: Part[] = [];
  for (const input of inputs) parts.push(await read(input, options));
  const programs = new Map(parts.map(({ home, program }) => [home, program]));
  link(programs);
  const all = [...programs.values()];
  new Survey({
    items: all.flatMap(({ items }) => items),
    functions: all.flatMap(({ functions }) => functions),
    records: all.flatMap(({ records }) => records),
  }).run();
  for (const { program } of parts) rename(program, new Map());
  const drafts = parts.map((part) => write(part));
  // Names of the program stand back where what is imported has them, which is known only now.
  const renamed = parts.filter(({ program }, index) => rename(program, drafts[index]!.imported));
  const written = renamed.length > 0 ? parts.map((part) => write(part)) : drafts;
  return written.map(({ text, missing, report }, index) => {
    const { file, source } = parts[index]!.input;
    return {
      text: source.crlf ? text.replace(/\n/g, '\r\n') : text,
      report: report.data(path.basename(file), missing),
    };
  });
}

type Part = Awaited<ReturnType<typeof read>>;

function write({ input, home, api, preprocessed, program }: Part) {
  const report = new Report(preprocessed.rows);
  for (const { row, text } of preprocessed.warnings) report.notes.push(`line ${row + 1}: ${text}`);
  return { report, ...writeProgram(api, program, report, home, input.source.codePage) };
}

/** Reads one file: what it says, with the type of everything. */
async function read(input: Input, options: Options) {
  const { file, source } = input;
  const cpp = CPP.exec(source.text);
  if (cpp) {
    const line = source.text.slice(0, cpp.index).split('\n').length;
    throw new NotC(`${file}:${line} is C++ (${cpp[0].trim()}); translate reads C`);
  }
  const defines: Record<string, string> = {
    __FILE__: JSON.stringify(path.basename(file)),
    ...options.defines,
  };
  for (const match of source.text.matchAll(/^\s*#\s*define\s+(_?UNICODE)\b[ \t]*(\S*)/gm)) {
    defines[match[1]!] = match[2] || '1';
  }
  const api = new Api(options.exports, 'UNICODE' in defines || '_UNICODE' in defines);
  const preprocessed = new Preprocessor({
    api,
    defines,
    include: (name, from) => input.include?.(name, from),
  }).run(source.text);
  const root = await parse(preprocessed.text);
  const named = root.children.filter(({ type }) => type !== 'comment');
  const errors = named.filter(({ type }) => type === 'ERROR').length;
  if (named.length > 0 && errors * 2 > named.length) {
    throw new NotC(`${file} is not understood as C`);
  }
  const reader = new ProgramReader(api, preprocessed, (text) => encodedLength(text, source));
  await constantTexts(preprocessed, reader.constantTexts);
  const home = path.parse(file).name;
  return { input, home, api, preprocessed, program: reader.read(root) };
}

/** The bodies of `#define`s are no syntax of their own in the tree: they are parsed as initialisers. */
async function constantTexts(source: Preprocessed, into: Map<string, Syntax>): Promise<void> {
  const bodies = [...source.text.matchAll(/^#define \w+ (.*)$/gm)].map(([, body = '']) =>
    withoutComments(body),
  );
  const unique = [...new Set(bodies)].filter((body) => body !== '');
  if (unique.length === 0) return;
  const root = await parse(unique.map((body, index) => `int c${index} = ${body};`).join('\n'));
  for (const declaration of root.children) {
    const declarator = declaration.field('declarator');
    const name = /^c(\d+)$/.exec(declarator?.field('declarator')?.text ?? '');
    const value = declarator?.field('value');
    if (name && value && !declaration.broken) into.set(unique[Number(name[1])]!, value);
  }
}
