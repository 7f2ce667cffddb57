import path from 'node:path';
import { Api, type Exports } from './api.ts';
import { parse, type Syntax } from './grammar.ts';
import { type Preprocessed, Preprocessor } from './read/preprocess.ts';
import { ProgramReader } from './read/program.ts';
import { Report, type ReportData } from './report.ts';
import type { Source } from './source.ts';
import { Survey } from './survey/survey.ts';
import { writeProgram } from './write/program.ts';

export { NoGrammar } from './grammar.ts';
export { type ReportData, reportText } from './report.ts';
export { decode, type Source } from './source.ts';

export interface Options {
  /** What the package exports. */
  readonly exports: Exports;
  /** By -D: names and their values. */
  readonly defines?: Readonly<Record<string, string>>;
  /** The text of a file that is included by its name in quotes. */
  include?(name: string): string | undefined;
}

export interface Translation {
  readonly text: string;
  readonly report: ReportData;
}

/** What is no C: nothing is written for it. */
export class NotC extends Error {}

const CPP =
  /^\s*(?:class\s+\w+|template\s*<|using\s+namespace\b|namespace\s+\w+\s*\{|#\s*include\s*<(?:iostream|string|vector|map|memory|thread|algorithm)>)/m;

/** Translates one C file. */
export async function translate(
  file: string,
  source: Source,
  options: Options,
): Promise<Translation> {
  const cpp = CPP.exec(source.text);
  if (cpp) {
    const line = source.text.slice(0, cpp.index).split('\n').length;
    throw new NotC(`${file}:${line} is C++ (${cpp[0].trim()}); translate reads C`);
  }
  const defines = { ...options.defines };
  for (const [, name, value] of source.text.matchAll(
    /^\s*#\s*define\s+(_?UNICODE)\b[ \t]*(\S*)/gm,
  )) {
    defines[name!] = value || '1';
  }
  const unicode = 'UNICODE' in defines || '_UNICODE' in defines;
  const api = new Api(options.exports, unicode);
  const preprocessed = new Preprocessor({
    api,
    defines,
    include: (name) => options.include?.(name),
  }).run(source.text);
  const root = await parse(preprocessed.text);
  const named = root.children.filter(({ type }) => type !== 'comment');
  const errors = named.filter(({ type }) => type === 'ERROR').length;
  if (named.length > 0 && errors * 2 > named.length) {
    throw new NotC(`${file} is not understood as C`);
  }
  const reader = new ProgramReader(api, preprocessed);
  await constantTexts(preprocessed, reader.constantTexts);
  const program = reader.read(root);
  new Survey(program).run();
  const report = new Report();
  for (const { row, text } of preprocessed.warnings) report.notes.push(`line ${row + 1}: ${text}`);
  const { text, missing } = writeProgram(api, program, report);
  const data = report.data(path.basename(file), missing);
  return { text: source.crlf ? text.replace(/\n/g, '\r\n') : text, report: data };
}

/** The bodies of `#define`s are no syntax of their own in the tree: they are parsed as initialisers. */
async function constantTexts(source: Preprocessed, into: Map<string, Syntax>): Promise<void> {
  const bodies = [...source.text.matchAll(/^#define \w+ (.*)$/gm)].map(([, body = '']) =>
    body.replace(/\/\*.*?\*\/|\/\/.*$/g, '').trim(),
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
