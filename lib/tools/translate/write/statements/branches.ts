import type { Stmt, Sym } from '../../ast.ts';
import { narrow } from '../expressions/conditions.ts';
import { type Context, intersection } from './context.ts';
import { endsIn, jumpsTo } from './flow.ts';

/** `if`, and the `else if` behind it. */
export function writeIf(c: Context, stmt: Stmt & { k: 'if' }): void {
  const w = c.w;
  const test = c.condition(stmt.c, stmt);
  c.report.done();
  c.out.add(`if (${test.text}) {`);
  const after = new Set(w.narrowed);
  narrow(w, stmt.c, true);
  c.body(stmt.then);
  const afterThen = w.narrowed;
  const thenEnds = endsIn([stmt.then]);
  w.narrowed = new Set(after);
  narrow(w, stmt.c, false);
  let otherwise = stmt.otherwise;
  let otherEnds = false;
  if (otherwise) {
    otherEnds = endsIn([otherwise]);
    if (otherwise.k === 'block' && otherwise.body.length === 1 && otherwise.body[0]!.k === 'if') {
      [otherwise] = otherwise.body;
    }
    if (otherwise!.k === 'if') {
      const [first = '', ...rest] = c.apart(otherwise!);
      if (first.startsWith('if (')) {
        c.out.add(`} else ${first}`);
        for (const line of rest) c.out.add(line);
      } else {
        c.out.add('} else {');
        c.out.in();
        for (const line of [first, ...rest]) c.out.add(line);
        c.out.out();
        c.out.add('}');
      }
      merge(c, afterThen, thenEnds, otherEnds);
      return;
    }
    c.out.add('} else {');
    c.body(otherwise!);
  }
  c.out.add('}');
  merge(c, afterThen, thenEnds, otherEnds);
}

/** What is not NULL behind both branches. */
function merge(c: Context, then: Set<Sym>, thenEnds: boolean, otherEnds: boolean): void {
  if (thenEnds) return;
  c.w.narrowed = otherEnds ? then : intersection(then, c.w.narrowed);
}

/** `__try … __finally` or `__except`, out of which `__leave` jumps. */
export function writeTry(c: Context, stmt: Stmt & { k: 'try' }): void {
  const leaves = jumpsTo(stmt.body, '__leave_label');
  if (leaves) c.w.blocks.push({ label: '__leave_label', how: 'break' });
  c.out.add(leaves ? 'leave: try {' : 'try {');
  c.body(stmt.body);
  if (leaves) c.w.blocks.pop();
  c.out.add(`} ${stmt.how} {`);
  c.body(stmt.last);
  c.out.add('}');
}
