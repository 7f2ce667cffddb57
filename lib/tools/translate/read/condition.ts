import { decodeCharacter } from './text.ts';
import { isBlank, nextSolid, numberOf, type Token } from './tokens.ts';

type Value = bigint;

const BINARY: Readonly<Record<string, readonly [number, (a: Value, b: Value) => Value]>> = {
  '*': [10, (a, b) => a * b],
  '/': [10, (a, b) => (b ? a / b : 0n)],
  '%': [10, (a, b) => (b ? a % b : 0n)],
  '+': [9, (a, b) => a + b],
  '-': [9, (a, b) => a - b],
  '<<': [8, (a, b) => a << b],
  '>>': [8, (a, b) => a >> b],
  '<': [7, (a, b) => (a < b ? 1n : 0n)],
  '>': [7, (a, b) => (a > b ? 1n : 0n)],
  '<=': [7, (a, b) => (a <= b ? 1n : 0n)],
  '>=': [7, (a, b) => (a >= b ? 1n : 0n)],
  '==': [6, (a, b) => (a === b ? 1n : 0n)],
  '!=': [6, (a, b) => (a !== b ? 1n : 0n)],
  '&': [5, (a, b) => a & b],
  '^': [4, (a, b) => a ^ b],
  '|': [3, (a, b) => a | b],
  '&&': [2, (a, b) => (a && b ? 1n : 0n)],
  '||': [1, (a, b) => (a || b ? 1n : 0n)],
};

/** The tokens of a condition with 1 or 0 for each `defined NAME`. */
export function withoutDefined(
  tokens: readonly Token[],
  isDefined: (name: string) => boolean,
): Token[] {
  const result: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]!.text !== 'defined') {
      result.push(tokens[at]!);
      continue;
    }
    at = nextSolid(tokens, at + 1);
    const inParentheses = tokens[at]?.text === '(';
    if (inParentheses) at = nextSolid(tokens, at + 1);
    result.push({ kind: 'number', text: isDefined(tokens[at]?.text ?? '') ? '1' : '0' });
    if (inParentheses) at = nextSolid(tokens, at + 1);
  }
  return result;
}

/** Whether the condition of an #if holds; undefined where it cannot be read. */
export function evaluate(
  all: readonly Token[],
  numberFor: (name: string) => Value,
): boolean | undefined {
  const tokens = all.filter((token) => !isBlank(token));
  let at = 0;
  const peek = () => tokens[at]?.text;

  const primary = (): Value => {
    const token = tokens[at++];
    if (!token) throw new SyntaxError('the condition ends early');
    switch (token.text) {
      case '!':
        return primary() ? 0n : 1n;
      case '-':
        return -primary();
      case '+':
        return primary();
      case '~':
        return ~primary();
      case '(': {
        const value = expression(0);
        at++;
        return value;
      }
    }
    if (token.kind === 'number') return numberOf(token.text) ?? 0n;
    if (token.text.startsWith("'")) return BigInt(decodeCharacter(token.text));
    if (token.kind !== 'name') throw new SyntaxError(`unexpected ${token.text}`);
    if (peek() === '(') {
      // A function-like macro, as __has_include(…): not known, so false.
      for (let depth = 0; at < tokens.length; ) {
        const text = tokens[at++]?.text;
        if (text === '(') depth++;
        else if (text === ')' && --depth === 0) break;
      }
      return 0n;
    }
    return numberFor(token.text);
  };
  const expression = (least: number): Value => {
    let left = primary();
    for (;;) {
      const operator = BINARY[peek() ?? ''];
      if (!operator || operator[0] <= least) break;
      at++;
      left = operator[1](left, expression(operator[0]));
    }
    if (peek() === '?') {
      at++;
      const whenTrue = expression(0);
      at++;
      const whenFalse = expression(0);
      return left ? whenTrue : whenFalse;
    }
    return left;
  };
  try {
    return expression(0) !== 0n;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
