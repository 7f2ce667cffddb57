import type { Api } from '../api.ts';
import type { Expr, Program, Stmt, Sym } from '../ast.ts';
import { isPointer, isRecord, isText, type RecordType } from '../ctypes.ts';
import type { Report } from '../report.ts';
import { walk } from '../survey/visit.ts';
import { type Code, call, code, LEVEL, quote, Untranslatable } from './code.ts';
import { elsewhereLines } from './elsewhere.ts';
import { expression } from './expressions/expressions.ts';
import { copyOf } from './expressions/initializers.ts';
import { value } from './expressions/values.ts';
import { commentLines, Lines, todoLines } from './lines.ts';
import { enumValue, recordLines } from './records.ts';
import { ownNames } from './rename.ts';
import { declarationOf, withoutValue } from './statements/declarations.ts';
import { endsIn } from './statements/flow.ts';
import { Statements } from './statements/statements.ts';
import { symType, typeText } from './types.ts';
import { Writer } from './writer.ts';

/** A file as it was written. */
export interface Written {
  readonly text: string;
  /** Functions that the package lacks, with how often they are called. */
  readonly missing: ReadonlyMap<string, number>;
  /** Names from the package, and whether they are only types. */
  readonly imported: ReadonlyMap<string, boolean>;
}

/** Writes a whole file. */
export function writeProgram(
  api: Api,
  program: Program,
  report: Report,
  home: string,
  codePage?: string,
): Written {
  const w = new Writer(api, program, home, expression);
  for (const name of ownNames(program)) w.imports.own.add(name);
  const out = new Lines();
  let previous: Stmt | undefined;
  for (const item of program.items) {
    if (previous && item.k === 'comment' && item.row === previous.endRow) {
      out.append(commentLines(item.text));
      continue;
    }
    if (
      previous &&
      (item.row - previous.endRow > 1 || item.k === 'function' || previous.k === 'function')
    ) {
      if (
        item.row !== previous.row &&
        !(previous.k === 'comment' && item.row - previous.endRow <= 1)
      )
        out.blank();
    }
    writeItem(w, report, out, item);
    previous = item;
  }
  ending(w, program, out);
  const isForeign = codePage && out.lines.some((line) => /["'][^"']*[\u0080-\uffff]/.test(line));
  const encoding = isForeign ? [`${w.imports.c('sourceEncoding')}(${quote(codePage)});`, ''] : [];
  const head = leadingComments(out.lines);
  const elsewhere = elsewhereLines(w, report, out.lines);
  const imports = w.imports.lines([...out.lines, ...elsewhere, ...encoding]);
  const body = out.lines.slice(head);
  while (body[0] === '') body.shift();
  const lines = [
    ...out.lines.slice(0, head),
    ...(head ? [''] : []),
    ...imports,
    '',
    ...encoding,
    ...elsewhere,
    ...body,
  ];
  return {
    text: `${lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trimEnd()}\n`,
    missing: w.missing,
    imported: w.imports.all,
  };
}

/** How many lines at the top are the comment of the file. */
function leadingComments(lines: readonly string[]): number {
  let end = 0;
  let inside = false;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (!inside && line === '') {
      end = at;
      break;
    }
    if (inside) {
      if (line.includes('*/')) inside = false;
    } else if (line.startsWith('/*')) inside = !line.includes('*/');
    else if (!line.startsWith('//')) return 0;
    end = at + 1;
  }
  return end;
}

function writeItem(w: Writer, report: Report, out: Lines, item: Stmt): void {
  const mark = out.lines.length;
  try {
    switch (item.k) {
      case 'comment':
        out.add(commentLines(item.text));
        return;
      case 'todo':
        throw new Untranslatable('not understood', item.why);
      case 'constant':
        writeConstant(w, out, item.sym, item.e);
        report.done();
        return;
      case 'type':
        if (item.record) writeRecord(w, out, item.record);
        for (const sym of item.items ?? []) out.add(`const ${sym.id} = ${enumValue(w, sym)};`);
        report.done();
        return;
      case 'variables':
        writeGlobals(w, report, out, item);
        return;
      case 'function':
        writeFunction(w, report, out, item);
        return;
      default:
        throw new Untranslatable('statement', 'this outside of a function');
    }
  } catch (error) {
    if (!(error instanceof Untranslatable)) throw error;
    out.lines.length = mark;
    if (item.k === 'type' && item.record) item.record.lost = true;
    report.todo(error.topic, error.message, item);
    out.add(todoLines(error.message, item.text));
    if (item.k === 'function') out.add(stub(w, item.sym));
  }
}

/** What stands for a function that could not be translated, for those that call it. */
function stub(w: Writer, sym: Sym): string {
  const body = `return ${w.imports.c('todo')}(${quote(sym.name)});`;
  return `${sym.exported ? 'export ' : ''}function ${sym.id}(..._: unknown[]): any { ${body} }`;
}

/** Global variables. One whose value cannot be said is declared without it. */
function writeGlobals(
  w: Writer,
  report: Report,
  out: Lines,
  item: Stmt & { k: 'variables' },
): void {
  const mark = out.lines.length;
  let lost: Untranslatable | undefined;
  const add = (sym: Sym, line: string) => out.add(sym.exported ? `export ${line}` : line);
  for (const { sym, init } of item.variables) {
    if (sym.linked) continue;
    try {
      add(sym, declarationOf(w, sym, init));
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      lost ??= error;
      try {
        add(sym, withoutValue(w, sym));
      } catch (inner) {
        if (!(inner instanceof Untranslatable)) throw inner;
        add(sym, `let ${sym.id}!: any;`);
      }
    }
  }
  if (!lost) {
    report.done();
    return;
  }
  const after = out.lines.splice(mark);
  report.todo(lost.topic, lost.message, item);
  out.add(todoLines(lost.message, item.text));
  out.lines.push(...after);
}

function writeConstant(w: Writer, out: Lines, sym: Sym, e: Expr): void {
  const text = isText(e.type) && e.k === 'string' && !e.binary ? quote(e.value) : value(w, e).text;
  out.add(`const ${sym.id} = ${text};`);
}

function writeRecord(w: Writer, out: Lines, record: RecordType): void {
  for (const line of recordLines(w, record)) out.add(line);
}

function writeFunction(
  w: Writer,
  report: Report,
  out: Lines,
  item: Stmt & { k: 'function' },
): void {
  const { sym, body } = item;
  if (sym.type.k !== 'function') return;
  w.function = sym;
  w.narrowed = new Set();
  w.before.length = 0;
  const isMain = /^w?main$/.test(sym.name);
  w.rest = namesIn(item).has('args') ? 'rest' : 'args';
  const { result, variadic } = sym.type;
  const prologue: string[] = [];
  const params = (sym.params ?? []).map((param, index) => {
    const id = param.id || `unused${index}`;
    const type = symType(w, param);
    const given = `${id}Given`;
    if (isRecord(param.type) && param.changed && param.type.name !== 'va_list') {
      // C hands on a copy, which the function may change.
      prologue.push(`const ${id} = ${copyOf(w, code(given), param.type).text};`);
      return `${given}: ${type}`;
    }
    if (!param.addressTaken || isRecord(param.type)) return `${id}: ${type}`;
    if (isPointer(param.type) && !isRecord(param.type.k === 'ptr' ? param.type.to : undefined)) {
      prologue.push(`const ${id} = new ${w.imports.c('Box')}<${type}>(${given});`);
    } else {
      prologue.push(
        `const ${id} = ${w.imports.value('ref')}(${w.typeValue(param.type)}, ${given});`,
      );
    }
    return `${given}: ${type}`;
  });
  if (variadic) params.push(`...${w.rest}: unknown[]`);
  const returns = isMain ? 'number' : typeText(w, result, sym.resultSlot);
  const statements = new Statements(w, report);
  statements.out.in();
  for (const line of prologue) statements.out.add(line);
  statements.list(body);
  if (returns !== 'void' && !endsIn(body)) {
    statements.out.add(
      isMain || result.k !== 'ptr'
        ? `return ${isRecord(result) ? `new ${result.name}()` : returns === 'bigint' ? '0n' : '0'};`
        : `return null!;`,
    );
  }
  for (const line of w.before) out.add(line);
  if (w.before.length) out.blank();
  out.add(`${sym.exported ? 'export ' : ''}function ${sym.id}(${params.join(', ')}): ${returns} {`);
  out.lines.push(...statements.out.lines);
  out.add('}');
  report.done();
  w.function = undefined;
}

/** The names that a function declares. */
function namesIn(item: Stmt & { k: 'function' }): ReadonlySet<string> {
  const names = new Set((item.sym.params ?? []).map(({ id }) => id));
  walk(
    item,
    () => {},
    (stmt) => {
      if (stmt.k === 'variables') for (const { sym } of stmt.variables) names.add(sym.id);
    },
  );
  return names;
}

/** A routine of a thread, which is given a number: an address where it wants a pointer. */
function routineText(w: Writer, sym: Sym): string {
  const name = w.symName(sym);
  const type = sym.params?.[0]?.type;
  const target = type?.k === 'ptr' ? type.to : undefined;
  if (!target || target.k === 'void') return name;
  const place = call(
    w.imports.value('cast'),
    code(w.typeValue(target)),
    code(`at as ${w.imports.type('Pointer')}`, LEVEL.compare),
  );
  return `${name}: (at) => ${name}(${place.text})`;
}

/** What main is given: texts, or their bytes, with the NULL behind them where it is looked for. */
function textList(w: Writer, param: Sym, texts: string, memory: string): Code {
  const all = param.slot?.bytes ? `${texts}.map((text) => ${w.imports.c(memory)}(text))` : texts;
  return code(param.slot?.asked ? `[...${all}, null!]` : all);
}

/** What starts the program. */
function ending(w: Writer, program: Program, out: Lines): void {
  const main = program.functions.find(({ name, defined }) => defined && /^w?main$/.test(name));
  if (w.registered.size) out.blank();
  for (const { id, type, sym } of w.registered.values()) {
    out.add(`const ${id} = ${type}.register(${sym.id});`);
  }
  if (!main) return;
  out.blank();
  const [argc, argv, env] = main.params ?? [];
  const memory = main.name === 'wmain' ? 'wstr' : 'cstr';
  const args: Code[] = [];
  if (argc) args.push(code('process.argv.length - 1'));
  if (argv) args.push(textList(w, argv, 'process.argv.slice(1)', memory));
  if (env) {
    const pairs = "Object.entries(process.env).map((pair) => pair.join('='))";
    args.push(textList(w, env, pairs, memory));
  }
  const run = `${w.imports.c('exit')}(${call(main.id, ...args).text});`;
  if (w.threads.size === 0) {
    out.add(run);
    return;
  }
  const routines = [...w.threads].map((sym) => routineText(w, sym)).join(', ');
  out.add(`if (!${w.imports.c('runThread')}({ ${routines} })) ${run}`);
}
