import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Language, Node, Parser } from 'web-tree-sitter';

/** The grammar packages are peers that only this tool needs, so they may be absent. */
export class NoGrammar extends Error {
  constructor(cause: unknown) {
    super(
      'translate reads C with web-tree-sitter and tree-sitter-c, which are not installed: ' +
        'npm install --save-dev web-tree-sitter tree-sitter-c',
      { cause },
    );
  }
}

/** A node of the syntax tree, with what this tool asks of it. */
export interface Syntax {
  readonly type: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly row: number;
  readonly endRow: number;
  /** Whether it or something below it is not C. */
  readonly broken: boolean;
  /** The named children. */
  readonly children: readonly Syntax[];
  field(name: string): Syntax | undefined;
  fields(name: string): readonly Syntax[];
}

let parser: Parser | undefined;

async function loadParser(): Promise<Parser> {
  if (parser) return parser;
  const require = createRequire(import.meta.url);
  try {
    const { Language, Parser } = await import('web-tree-sitter');
    await Parser.init();
    const wasm = readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm'));
    const language: Language = await Language.load(wasm);
    parser = new Parser();
    parser.setLanguage(language);
    return parser;
  } catch (error) {
    throw new NoGrammar(error);
  }
}

/** The syntax tree of C text, as plain objects: asking the parser's own for each fact is slow. */
export async function parse(text: string): Promise<Syntax> {
  const tree = (await loadParser()).parse(text);
  if (!tree) throw new Error('the parser gave no tree');
  const root = copy(tree.rootNode, text);
  tree.delete();
  return root;
}

function copy(node: Node, source: string): Syntax {
  const children: Syntax[] = [];
  const named = new Map<string, Syntax[]>();
  const count = node.childCount;
  for (let i = 0; i < count; i++) {
    const child = node.child(i)!;
    const name = node.fieldNameForChild(i);
    if (!child.isNamed && !child.isMissing && name === null) continue;
    const made = copy(child, source);
    if (child.isNamed || child.isMissing) children.push(made);
    if (name === null) continue;
    const list = named.get(name);
    if (list) list.push(made);
    else named.set(name, [made]);
  }
  const { startIndex: start, endIndex: end } = node;
  return {
    type: node.isMissing ? 'MISSING' : node.type,
    text: source.slice(start, end),
    start,
    end,
    row: node.startPosition.row,
    endRow: node.endPosition.row,
    broken: node.hasError,
    children,
    field: (name) => named.get(name)?.[0],
    fields: (name) => named.get(name) ?? [],
  };
}
