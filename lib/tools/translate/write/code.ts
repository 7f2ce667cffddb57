/** Text of an expression, with what is needed to put it into another. */
export interface Code {
  readonly text: string;
  readonly level: number;
}

/** How tightly operators bind, the loosest first. */
export const LEVEL = {
  comma: 1,
  assign: 2,
  conditional: 3,
  or: 4,
  and: 5,
  bitOr: 6,
  bitXor: 7,
  bitAnd: 8,
  equal: 9,
  compare: 10,
  shift: 11,
  add: 12,
  multiply: 13,
  unary: 15,
  postfix: 16,
  call: 18,
  primary: 20,
} as const;

export const code = (text: string, level: number = LEVEL.primary): Code => ({ text, level });
export const call = (name: string, ...args: readonly Code[]): Code =>
  code(`${name}(${args.map((one) => at(one, LEVEL.assign)).join(', ')})`, LEVEL.call);

/** In parentheses where it binds less tightly than its place asks. */
export function at(value: Code, level: number): string {
  return value.level < level ? `(${value.text})` : value.text;
}
export const member = (object: Code, name: string): Code =>
  code(`${at(object, LEVEL.call)}.${name}`, LEVEL.call);
export const method = (object: Code, name: string, ...args: readonly Code[]): Code =>
  call(`${at(object, LEVEL.call)}.${name}`, ...args);
export const index = (object: Code, i: Code): Code =>
  code(`${at(object, LEVEL.call)}[${i.text}]`, LEVEL.call);
export const sure = (value: Code): Code => code(`${at(value, LEVEL.call)}!`, LEVEL.call);
export const infix = (l: Code, op: string, r: Code, level: number): Code =>
  code(`${side(l, op, level)} ${op} ${side(r, op, level + 1)}`, level);

/** An operand; next to the operators of bits, and where `&&` is in `||`, with the parentheses of the house. */
function side(value: Code, op: string, level: number): string {
  const isBinary = value.level >= LEVEL.or && value.level <= LEVEL.multiply;
  const bits = /^(?:[&|^]|<<|>>>?)$/.test(op);
  const same = !bits || value.level === (level === value.level ? level : Number.NaN);
  const compares = level >= LEVEL.equal && level <= LEVEL.shift && !bits;
  if (compares && value.level === LEVEL.shift) return `(${value.text})`;
  if (isBinary && bits && !(same && op === '|')) return `(${value.text})`;
  return at(value, level);
}
export const number = (value: number | bigint): Code =>
  code(
    typeof value === 'bigint' ? `${value}n` : String(value),
    value < 0 ? LEVEL.unary : LEVEL.primary,
  );

export const text = (value: string): Code => code(quote(value));

/** A string literal as the formatter of the house has it. */
export function quote(value: string): string {
  const json = JSON.stringify(value)
    .slice(1, -1)
    .replace(/\\"/g, '"')
    .replace(/\\u0000(?!\d)/g, '\\0')
    .replace(/\\u00([0-9a-f]{2})/g, '\\x$1');
  return value.includes("'") && !value.includes('"')
    ? `"${json}"`
    : `'${json.replaceAll("'", "\\'")}'`;
}

/** What the translator cannot say in TypeScript: the statement becomes a TODO. */
export class Untranslatable extends Error {
  /** What it is about, for the report. */
  readonly topic: string;

  constructor(topic: string, message: string) {
    super(message);
    this.topic = topic;
  }
}
