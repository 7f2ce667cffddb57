import type { Stmt } from '../../ast.ts';
import { quote } from '../code.ts';
import { as } from '../expressions/conversions.ts';
import { value } from '../expressions/values.ts';
import { kindOf } from '../kinds.ts';
import type { Writer } from '../writer.ts';
import { type Context, intersection } from './context.ts';
import { endsIn } from './flow.ts';
import { enterLoop } from './loops.ts';

/** A switch over a character of a string is one over the character. */
export function switchText(w: Writer, stmt: Stmt & { k: 'switch' }): string | undefined {
  const { e } = stmt;
  if (e.k !== 'index' || kindOf(e.e) !== 'string') return undefined;
  const labels = stmt.cases.flatMap(({ values }) => values);
  if (labels.some((label) => label && (label.k !== 'char' || label.value === 0))) return undefined;
  const object = value(w, e.e);
  return `${object.text}[${value(w, e.i).text}]`;
}

/** The statements of a case, and of those behind it that C falls into: TypeScript refuses to fall. */
export function withoutFallingThrough(
  cases: (Stmt & { k: 'switch' })['cases'],
  index: number,
): readonly Stmt[] {
  const body = [...cases[index]!.body];
  for (let at = index; at + 1 < cases.length && !endsIn(body); at++) {
    body.push(...cases[at + 1]!.body);
  }
  if (!endsIn(body)) {
    const last = body.at(-1);
    const row = last?.endRow ?? cases[index]!.row;
    body.push({ k: 'break', row, endRow: row, text: 'break;' });
  }
  return body;
}

/** A `switch`, of which no case falls into the next. */
export function writeSwitch(c: Context, stmt: Stmt & { k: 'switch' }): void {
  const w = c.w;
  const byText = switchText(w, stmt);
  const head = byText ?? value(w, stmt.e).text;
  c.report.done();
  c.out.add(`switch (${head}) {`);
  c.out.in();
  const before = new Set(w.narrowed);
  let previous: { endRow: number } | undefined;
  stmt.cases.forEach((one, index) => {
    if (previous && one.row - previous.endRow > 1) c.out.blank();
    const labels = one.values.map((label) => {
      if (!label) return 'default:';
      if (byText && label.k === 'char')
        return `case ${quote(String.fromCharCode(label.value & 0xff))}:`;
      return `case ${as(w, label, stmt.e.type).text}:`;
    });
    for (const label of labels.slice(0, -1)) c.out.add(label);
    const isLast = index === stmt.cases.length - 1;
    const body = isLast ? [...one.body] : withoutFallingThrough(stmt.cases, index);
    const only = body.length === 1 && body[0]!.k === 'block' ? body[0]!.body : undefined;
    const declares = body.some(({ k }) => k === 'variables');
    const braces = declares || only !== undefined;
    c.out.add(`${labels.at(-1)}${braces ? ' {' : ''}`);
    c.out.in();
    w.narrowed = new Set(before);
    c.list(only ?? body);
    c.out.out();
    if (braces) c.out.add('}');
    previous = one.body.at(-1) ?? { endRow: one.row };
  });
  c.out.out();
  c.out.add('}');
  enterLoop(c, [stmt], []);
  w.narrowed = intersection(before, w.narrowed);
}
