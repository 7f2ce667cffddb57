import type { Expr, Stmt, Sym } from '../../ast.ts';
import type { Report } from '../../report.ts';
import type { Code } from '../code.ts';
import type { Lines } from '../lines.ts';
import type { Writer } from '../writer.ts';

/** What the writers of single statements have of the list that theirs is in. */
export interface Context {
  readonly w: Writer;
  readonly report: Report;
  readonly out: Lines;
  /** Variables that are declared in front of the block that declares them in C. */
  readonly hoisted: Set<Sym>;
  list(stmts: readonly Stmt[]): void;
  /** The statements of a body, a step further in. */
  body(stmt: Stmt): void;
  /** The condition of a statement; one that cannot be said is an error when it is reached. */
  condition(e: Expr, stmt: Stmt): Code;
  todo(topic: string, why: string, stmt: { text: string; row: number }): void;
  /** The lines of a statement, which are not written yet. */
  apart(stmt: Stmt): readonly string[];
}

/** What is known behind two ways: what both know. */
export function intersection(a: Set<Sym>, b: Set<Sym>): Set<Sym> {
  return new Set([...a].filter((sym) => b.has(sym)));
}
