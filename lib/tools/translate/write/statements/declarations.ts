import type { Expr, Sym, Variable } from '../../ast.ts';
import { isPointer, isRecord } from '../../ctypes.ts';
import { isNullLike } from '../../read/values.ts';
import { walkExpr } from '../../survey/visit.ts';
import { type Code, Untranslatable } from '../code.ts';
import { statementValue } from '../expressions/assignments.ts';
import { pointerAs } from '../expressions/conversions.ts';
import { initial, newValue } from '../expressions/initializers.ts';
import { isListSym, pointerKind } from '../kinds.ts';
import { symType } from '../types.ts';
import type { Writer } from '../writer.ts';

/** The line that declares a variable. */
export function declarationOf(w: Writer, sym: Sym, init: Expr | undefined): string {
  const { id, type } = sym;
  const from = () => (init ? initialOf(w, sym, init) : undefined);
  if (sym.addressTaken && !isRecord(type) && type.k !== 'array') {
    const kind =
      type.k === 'ptr'
        ? isRecord(type.to) && !type.to.plain && type.to.name !== 'FILE'
          ? 'ref'
          : 'box'
        : 'ref';
    if (kind === 'ref') {
      const isZero = !init || isNullLike(init);
      const content = isZero ? '' : `, ${from()!.text}`;
      return `const ${id} = ${w.imports.value('ref')}(${w.typeValue(type)}${content});`;
    }
    const content = from() ?? newValue(w, type, sym.slot);
    const asType = symType(w, sym);
    // What C has not initialised is set before it is read.
    const isOpen = content.text === 'null' && !asType.endsWith('| null');
    return `const ${id} = new ${w.imports.c('Box')}<${asType}>(${isOpen ? 'null!' : content.text});`;
  }
  if (isRecord(type) && type.name === 'va_list') return `let ${id}: unknown[] = [];`;
  if (type.k === 'array' && type.of.k === 'ptr') {
    const listType = symType(w, sym);
    return `const ${id}: ${listType} = ${(from() ?? newValue(w, type, sym.slot)).text};`;
  }
  if (isRecord(type) || type.k === 'array') {
    return `const ${id} = ${(from() ?? newValue(w, type, sym.slot)).text};`;
  }
  const changes = (sym.assigned ?? 0) > 0;
  if (type.k !== 'ptr') {
    const content = from() ?? newValue(w, type, sym.slot);
    const text = symType(w, sym);
    const isNamed = text !== 'number' && text !== 'bigint';
    // A constant of a literal would have that literal for its type.
    const isLiteral = /^(?:-?[\d.]+(?:x[\da-fA-F]+|o\d+|n)?|[A-Z_0-9]+)$/.test(content.text);
    const annotated = isLiteral && (!changes || isNamed) ? `: ${text}` : '';
    return `${changes ? 'let' : 'const'} ${id}${annotated} = ${content.text};`;
  }
  return pointerDeclaration(w, sym, init, from(), changes);
}

/** The line that declares a variable whose value could not be said. */
export function withoutValue(w: Writer, sym: Sym): string {
  // That it is NULL is not known.
  return declarationOf(w, sym, undefined).replace(
    /^let (\w+): (.* \| null) = null;$/,
    'let $1!: $2;',
  );
}

function pointerDeclaration(
  w: Writer,
  sym: Sym,
  init: Expr | undefined,
  content: Code | undefined,
  changes: boolean,
): string {
  const { id } = sym;
  const text = symType(w, sym);
  const kind = pointerKind(sym.type, sym.slot, isListSym(sym));
  if (content && init && !isNullLike(init)) {
    if (!changes && content.text !== 'null') return `const ${id} = ${content.text};`;
    if (kind === 'string' && /^['"]/.test(content.text) && text === 'string')
      return `let ${id} = ${content.text};`;
    return `let ${id}: ${text} = ${content.text};`;
  }
  if (
    sym.slot?.nullable &&
    kind !== 'integer' &&
    kind !== 'address' &&
    kind !== 'list' &&
    kind !== 'box'
  )
    return `let ${id}: ${text} = null;`;
  if (kind === 'string') return `let ${id} = '';`;
  if (kind === 'integer') return `let ${id} = 0;`;
  return `let ${id}!: ${text};`;
}

/** Whether an initialiser asks for what only the function has. */
export function needsFunction(init: Expr): boolean {
  let found = false;
  walkExpr(init, (e) => {
    if (e.k !== 'name') return;
    const { kind, isGlobal, isStatic } = e.sym;
    if (kind === 'parameter' || (kind === 'variable' && !isGlobal && !isStatic)) found = true;
  });
  return found;
}

/** What a variable starts with. */
export function initialOf(w: Writer, sym: Sym, init: Expr): Code {
  const nullable = sym.slot?.nullable === true;
  if (sym.type.k === 'ptr' && init.k !== 'list') {
    const kind = pointerKind(sym.type, sym.slot, isListSym(sym));
    return pointerAs(w, init, kind, sym.type, nullable, sym.slot);
  }
  return initial(w, init, sym.type, sym.slot, nullable);
}

/** A variable that is declared already gets what it starts with. */
export function assignment(w: Writer, sym: Sym, init: Expr): string {
  const place: Expr = { k: 'name', sym, type: sym.type };
  if (init.k === 'list' || sym.type.k === 'array') {
    return `${w.imports.c('assign')}(${sym.id}, ${initialOf(w, sym, init).text})`;
  }
  return statementValue(w, { k: 'assign', op: '', l: place, r: init, type: sym.type }).text;
}

/** `let i = 0, n = 5` of a loop. */
export function loopVariables(w: Writer, variables: readonly Variable[]): string {
  const parts = variables.map(({ sym, init }) => {
    if (sym.addressTaken || sym.type.k === 'array' || isRecord(sym.type)) {
      throw new Untranslatable('declaration', 'this variable of a for loop');
    }
    const from = init ? initialOf(w, sym, init) : newValue(w, sym.type, sym.slot);
    const type = isPointer(sym.type) ? `: ${symType(w, sym)}` : '';
    return `${sym.id}${type} = ${from.text}`;
  });
  return `let ${parts.join(', ')}`;
}
