import { isBlank, nextSolid, type Token, textOf, tokenize } from './tokens.ts';

export interface Macro {
  readonly name: string;
  /** Undefined for one without parentheses. */
  readonly params: readonly string[] | undefined;
  readonly body: readonly Token[];
}

const trim = (tokens: readonly Token[]): Token[] => {
  const solid = tokens.filter((token) => token.kind !== 'comment');
  let start = 0;
  let end = solid.length;
  while (start < end && isBlank(solid[start])) start++;
  while (end > start && isBlank(solid[end - 1])) end--;
  return solid.slice(start, end);
};

export function defineMacro(text: string): Macro | undefined {
  const match = /^\s*([A-Za-z_]\w*)(\(([^)]*)\))?([\s\S]*)$/.exec(text);
  if (!match) return undefined;
  const [, name = '', parentheses, list = '', body = ''] = match;
  const params = parentheses
    ? list
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
    : undefined;
  return { name, params, body: trim(tokenize(body)) };
}

/** Marks beside which a macro's body keeps together, whatever it has. */
const BEFORE = /^(?:[([{,;:]|[-+*/%&|^]?=|<<=|>>=|return|case)$/;
const AFTER = /^(?:[)\]},;:])$/;

/** Whether C reads a macro's body apart where it stands: its operators bind with what is beside it. */
export function isApart(
  body: readonly Token[],
  before: Token | undefined,
  after: Token | undefined,
): boolean {
  const solid = body.filter((token) => !isBlank(token));
  const signed = /^[-+~!]$/.test(solid[0]?.text ?? '');
  const rest = signed ? solid.slice(1) : solid;
  const isWhole = rest.length === 1 || isEnclosed(rest);
  if (!isWhole) return !(BEFORE.test(before?.text ?? ';') && AFTER.test(after?.text ?? ';'));
  // `5 NEG` of `#define NEG -1` is a difference.
  return (
    signed &&
    before !== undefined &&
    /^(?:[\w)\]]+|".*")$/.test(before.text) &&
    !BEFORE.test(before.text)
  );
}

/** Whether the first parenthesis closes at the end. */
function isEnclosed(tokens: readonly Token[]): boolean {
  return tokens[0]?.text === '(' && argumentsAt(tokens, 0)?.[1] === tokens.length;
}

/** The arguments of a macro whose opening parenthesis is at `open`, and the index behind the closing one. */
export function argumentsAt(
  tokens: readonly Token[],
  open: number,
): readonly [args: Token[][], end: number] | undefined {
  const args: Token[][] = [[]];
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.text === '(' && depth++ === 0) continue;
    if (token.text === ')' && --depth === 0) return [args.map(trim), at + 1];
    if (token.text === ',' && depth === 1) args.push([]);
    else args.at(-1)!.push(token);
  }
  return undefined;
}

/** Puts the arguments into the body of a macro. */
function substitute(
  macro: Macro,
  args: readonly Token[][],
  expandAll: (tokens: readonly Token[]) => Token[],
): Token[] {
  const { params = [], body } = macro;
  const variadic = params.at(-1) === '...' || params.at(-1)?.endsWith('...') === true;
  const rest = params.at(-1)?.replace('...', '') || '__VA_ARGS__';
  const argumentOf = (name: string): Token[] | undefined => {
    if (variadic && name === rest) {
      return args
        .slice(params.length - 1)
        .flatMap((one, index) => (index ? [{ kind: 'mark', text: ', ' } as const, ...one] : one));
    }
    const index = params.indexOf(name);
    return index < 0 ? undefined : (args[index] ?? []);
  };
  const result: Token[] = [];
  for (let at = 0; at < body.length; at++) {
    const token = body[at]!;
    const next = nextSolid(body, at + 1);
    if (token.text === '#' && macro.params) {
      const argument = argumentOf(body[next]?.text ?? '');
      if (argument) {
        result.push({ kind: 'text', text: JSON.stringify(textOf(argument)) });
        at = next;
        continue;
      }
    }
    if (token.text === '##') {
      while (isBlank(result.at(-1))) result.pop();
      const right = body[next];
      const text = argumentOf(right?.text ?? '') ?? (right ? [right] : []);
      const left = result.pop();
      if (left?.text === ',' && text.length === 0) {
        // GNU's `, ##__VA_ARGS__` without arguments.
      } else {
        result.push(...tokenize(`${left?.text ?? ''}${textOf(text)}`));
      }
      at = next;
      continue;
    }
    const argument = token.kind === 'name' ? argumentOf(token.text) : undefined;
    if (!argument) result.push(token);
    else if (body[next]?.text === '##') result.push(...argument);
    else result.push(...expandAll(argument));
  }
  return result;
}

/** The macro of a name between two tokens; undefined for one that stays. */
type MacroOf = (
  name: string,
  before: Token | undefined,
  after: Token | undefined,
) => Macro | undefined;

/** Replaces macros in tokens. */
export function expand(
  tokens: readonly Token[],
  macroOf: MacroOf,
  hidden: ReadonlySet<string> = new Set(),
): Token[] {
  const result: Token[] = [];
  let before: Token | undefined;
  let previous: Token | undefined;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    before = previous;
    if (!isBlank(token)) previous = token;
    const macro =
      token.kind === 'name' && !hidden.has(token.text)
        ? macroOf(token.text, before, tokens[nextSolid(tokens, at + 1)])
        : undefined;
    if (!macro) {
      result.push(token);
      continue;
    }
    const within = new Set([...hidden, macro.name]);
    if (!macro.params) {
      result.push(...expand(macro.body, macroOf, within));
      continue;
    }
    const open = nextSolid(tokens, at + 1);
    const found = tokens[open]?.text === '(' ? argumentsAt(tokens, open) : undefined;
    if (!found) {
      result.push(token);
      continue;
    }
    const [args, end] = found;
    const lines = tokens.slice(at, end).reduce((sum, one) => sum + breaks(one.text), 0);
    const body = substitute(macro, args, (argument) => expand(argument, macroOf, hidden));
    const expanded = expand(body, macroOf, within).map((one) =>
      one.kind === 'space' ? { ...one, text: ' ' } : one,
    );
    result.push(...expanded);
    // Rows stay what they were, so that comments and blank lines keep their places.
    if (lines) result.push({ kind: 'space', text: '\n'.repeat(lines) });
    at = end - 1;
    previous = tokens[at];
  }
  return result;
}

const breaks = (text: string) => text.split('\n').length - 1;
