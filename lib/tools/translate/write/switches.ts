import type { Stmt } from '../ast.ts';
import { value } from './expressions/values.ts';
import { endsIn } from './flow.ts';
import { kindOf } from './kinds.ts';
import type { Writer } from './writer.ts';

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
