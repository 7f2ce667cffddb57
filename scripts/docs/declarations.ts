// What the package's own TypeScript declares, with its doc comments: read from the declaration files
// by the compiler that made them.

import path from 'node:path';
import {
  type ClassDeclaration,
  getJSDocTags,
  type InterfaceDeclaration,
} from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API, type Checker, type Project, type Symbol as TsSymbol } from 'typescript/unstable/sync';
import { isBelow, projectDir } from '../host/system/paths.ts';

export const ENTRIES = ['index', 'io', 'spi', 'iphlpapi', 'qos', 'kernel', 'names'] as const;
export type EntryName = (typeof ENTRIES)[number];

export interface Member {
  readonly name: string;
  /** As the declaration has it, without its comment. */
  readonly code: string;
  readonly doc: string;
  /** What it throws, and when; empty where nothing is said of that. */
  readonly throws: string;
}

export type Kind = 'class' | 'interface' | 'function' | 'constant' | 'type';

export interface Declaration extends Member {
  readonly kind: Kind;
  /** Of the source that declares it, below lib: `io/port`. */
  readonly source: string;
  readonly params: readonly { name: string; text: string }[];
  readonly returns: string;
  readonly members: readonly Member[];
}

export interface Entry {
  readonly name: EntryName;
  /** What a program imports: `winsock/io`. */
  readonly specifier: string;
  readonly doc: string;
  /** What the entry exports of lib/; what comes from the headers is in defs/api.json. */
  readonly declarations: readonly Declaration[];
  /** All names, those of the headers too. */
  readonly names: ReadonlySet<string>;
}

const types = path.join(projectDir, 'dist/types');

/** Reads what `npm run build` has written. */
export function readEntries(): Entry[] {
  const api = new API({ cwd: projectDir });
  try {
    const config = path.join(projectDir, 'scripts/docs/tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProjects()[0];
    if (!project) throw new Error(`${config} was not opened`);
    return ENTRIES.map((name) => readEntry(project, name));
  } finally {
    api.close();
  }
}

function readEntry(project: Project, name: EntryName): Entry {
  const { checker, program } = project;
  const file = program.getSourceFile(path.join(types, `lib/${name}.d.ts`));
  const module = file && checker.getSymbolAtLocation(file);
  if (!file || !module) throw new Error(`there are no declarations of ${name}; npm run build`);
  const exported = checker.getExportsOfModule(module);
  return {
    name,
    specifier: name === 'index' ? 'winsock' : `winsock/${name}`,
    doc:
      /^\/\*\*(.*?)\*\//s
        .exec(file.text)?.[1]
        ?.replace(/@module.*/s, '')
        .replace(/^\s*\* ?/gm, '')
        .trim() ?? '',
    names: new Set(exported.map((symbol) => symbol.name)),
    declarations: exported
      .map((symbol) => readSymbol(project, symbol))
      .filter((found) => found !== undefined),
  };
}

/** SymbolFlags.Alias */
const ALIAS = 0x200000;

function readSymbol(project: Project, exported: TsSymbol): Declaration | undefined {
  const { checker } = project;
  const symbol = exported.flags & ALIAS ? checker.getAliasedSymbol(exported) : exported;
  const handles = symbol.declarations;
  const source = path
    .relative(types, handles[0]?.path ?? '')
    .split(path.sep)
    .join('/');
  if (!source.startsWith('lib/')) return undefined;
  const nodes = handles.map((handle) => handle.resolve(project)).filter((one) => one !== undefined);
  // A class and the interface beside it are one thing; the class has the constructor.
  const node =
    nodes.find(is.isClassDeclaration) ?? nodes.find(is.isFunctionDeclaration) ?? nodes[0];
  if (!node) return undefined;
  const tags = symbol.getJsDocTags(checker);
  const tag = (name: string) => tags.filter((one) => one.name === name).map((one) => textOf(one));
  return {
    name: exported.name,
    source: source.slice('lib/'.length).replace(/\.d\.ts$/, ''),
    kind: is.isClassDeclaration(node)
      ? 'class'
      : is.isInterfaceDeclaration(node)
        ? 'interface'
        : is.isFunctionDeclaration(node)
          ? 'function'
          : is.isVariableDeclaration(node)
            ? 'constant'
            : 'type',
    doc: documentation(symbol, checker),
    params: tag('param').map((text) => {
      const [, name = '', rest = ''] = /^(\S+)\s*-?\s*(.*)$/s.exec(text) ?? [];
      return { name, text: rest };
    }),
    returns: tag('returns').join(' '),
    throws: tag('throws').join(' '),
    code: codeOf(nodes.filter((one) => one.kind === node.kind)),
    members: membersOf(project, node),
  };
}

function textOf({ text }: { readonly text?: unknown }): string {
  if (typeof text === 'string') return text;
  if (!Array.isArray(text)) return '';
  return text.map((part: { text?: string }) => part.text ?? '').join('');
}

function documentation(symbol: TsSymbol, checker: Checker): string {
  return symbol.getDocumentationComment(checker).trim();
}

interface Textual {
  getText(): string;
}

/** The declaration of a function, a constant or a type; the head of a class or an interface. */
function codeOf(nodes: readonly Textual[]): string {
  return nodes
    .map((node) => {
      const text = node.getText().replace(/^(export |declare )+/, '');
      const head = /^((?:abstract )?(?:class|interface)\b[^{]*)\{/.exec(text);
      return head ? head[1]!.trim() : /^[\w$]+: /.test(text) ? `const ${text};` : text;
    })
    .join('\n');
}

type Declared = Parameters<typeof getJSDocTags>[0];

/** The members of a class or an interface, and after them those of classes of lib/ that it extends. */
function membersOf(project: Project, node: Declared): Member[] {
  if (!is.isClassDeclaration(node) && !is.isInterfaceDeclaration(node)) return [];
  const found = ownMembers(project, node);
  for (const base of basesOf(project, node)) {
    for (const member of membersOf(project, base)) {
      const overridden = found.some(({ name }) => name === member.name);
      if (!overridden && member.name !== 'constructor') found.push(member);
    }
  }
  return found;
}

function basesOf(project: Project, node: ClassDeclaration | InterfaceDeclaration): Declared[] {
  const { checker } = project;
  const clauses = (node.heritageClauses ?? []).flatMap(({ types: bases }) => [...bases]);
  return clauses.flatMap(({ expression }) => {
    const named = checker.getSymbolAtLocation(expression);
    const symbol = named && named.flags & ALIAS ? checker.getAliasedSymbol(named) : named;
    const ours = symbol?.declarations.filter((handle) => isBelow(handle.path, types)) ?? [];
    return ours.map((handle) => handle.resolve(project)).filter((one) => one !== undefined);
  });
}

function ownMembers(project: Project, node: ClassDeclaration | InterfaceDeclaration): Member[] {
  const found: Member[] = [];
  for (const member of node.members) {
    const code = member.getText();
    if (/^(private |#|static #)/.test(code)) continue;
    const tags = getJSDocTags(member).map((one) => one.tagName.text);
    if (tags.includes('internal')) continue;
    const { name } = member as { readonly name?: Parameters<Checker['getSymbolAtLocation']>[0] };
    const symbol = name && project.checker.getSymbolAtLocation(name as never);
    const doc = commentBefore(member);
    const called = name ? (name as unknown as Textual).getText() : 'constructor';
    // Getter and setter of a property are one.
    if (/^(static )?set /.test(code) && found.some((one) => one.name === called)) continue;
    found.push({
      name: called,
      code,
      doc: doc || (symbol ? documentation(symbol, project.checker) : ''),
      throws: throwsOf(member),
    });
  }
  return found;
}

/** What the doc comment of a member says after `@throws`. */
function throwsOf(node: { readonly jsDoc?: readonly unknown[] | undefined }): string {
  const text = (node.jsDoc?.at(-1) as Textual | undefined)?.getText() ?? '';
  const [, said = ''] = /@throws\s+(.*?)(?=\n\s*\* @|\*\/|$)/s.exec(text) ?? [];
  return said.replace(/\n\s*\* ?/g, ' ').trim();
}

/** The doc comment of a member itself: overloads have each their own. */
function commentBefore(node: { readonly jsDoc?: readonly unknown[] | undefined }): string {
  const text = (node.jsDoc?.at(-1) as Textual | undefined)?.getText() ?? '';
  return text
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^\s*\* ?/gm, '')
    .replace(/^@\w+.*/ms, '')
    .trim();
}
