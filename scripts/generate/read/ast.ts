// clang's JSON syntax tree → declarations of the IR.
//
// The tree of the whole unit is over 100 MB, so it is cut into its top-level declarations, which
// clang prints one after the other with four blanks of indentation, and each is parsed by itself.

import type {
  CType,
  IrEnum,
  IrField,
  IrFunction,
  IrItem,
  IrRecord,
  IrTypedef,
} from '../model/ir.ts';
import { parseType } from './parse-type.ts';

interface Location {
  file?: string;
  spellingLoc?: Location;
  expansionLoc?: Location;
}

interface Node {
  id: string;
  kind: string;
  name?: string;
  loc?: Location;
  type?: { qualType: string; desugaredQualType?: string };
  inner?: Node[];
  tagUsed?: 'struct' | 'union';
  completeDefinition?: boolean;
  ownedTagDecl?: { id: string; kind: string; name?: string };
  isBitfield?: boolean;
  isImplicit?: boolean;
  value?: string;
}

/** Declarations in source order, with `file` set and `module` empty. */
export function readSyntaxTree(tree: Buffer): IrItem[] {
  const items: IrItem[] = [];
  const tagged = new Map<string, IrRecord | IrEnum>();
  const place = new FileTracker();
  for (const text of topLevel(tree)) {
    const node = JSON.parse(text) as Node;
    const file = place.enter(node, text);
    try {
      readDeclaration(node, file, items, tagged);
    } catch (error) {
      // Only an error where the declaration is published; Windows' own headers have their share.
      const reason = (error as Error).message;
      items.push({ kind: 'refused', name: node.name ?? '', file, module: '', reason });
    }
  }
  return items.filter((item) => item.name !== '' || (item.kind === 'enum' && !item.tag));
}

function readDeclaration(
  node: Node,
  file: string,
  items: IrItem[],
  tagged: Map<string, IrRecord | IrEnum>,
): void {
  const declared = { name: node.name ?? '', file, module: '' };
  const children = node.inner ?? [];
  if (node.kind === 'RecordDecl' || node.kind === 'EnumDecl') {
    const item = node.kind === 'EnumDecl' ? readEnum(node, file) : readRecord(node, file, items);
    tagged.set(node.id, item);
    items.push(item);
  } else if (node.kind === 'TypedefDecl') {
    const spelling = node.type?.qualType ?? 'int';
    const id = findOwned(node);
    const owned = id === undefined ? undefined : tagged.get(id);
    const type = parseType(spelling);
    // A tagless record or enum gets its name from the first typedef that follows, and clang
    // already spells it `struct NAME` there.
    if (owned && owned.name === '' && (type.k === 'name' || type.k === 'inline')) {
      owned.name = declared.name;
    } else {
      const named = owned ? replaceInline(type, owned.name) : type;
      items.push({ ...declared, kind: 'typedef', type: named } satisfies IrTypedef);
    }
  } else if (node.kind === 'FunctionDecl') {
    const params = children.filter((child) => child.kind === 'ParmVarDecl');
    if (children.some((child) => child.kind === 'CompoundStmt')) {
      const names = params.map((param) => param.name ?? '');
      items.push({ ...declared, kind: 'inline', params: names, text: '' });
    } else if (!node.isImplicit) items.push(readFunction(node, params, declared));
  } else if (node.kind === 'VarDecl') {
    items.push({ ...declared, kind: 'variable', type: parseType(node.type?.qualType ?? 'int') });
  }
}

function* topLevel(tree: Buffer): Generator<string> {
  const open = Buffer.from('\n    {\n');
  const close = Buffer.from('\n    }');
  for (let at = tree.indexOf(open); at >= 0; at = tree.indexOf(open, at)) {
    const end = tree.indexOf(close, at) + close.length;
    yield tree.toString('utf8', at + 1, end);
    at = end;
  }
}

/**
 * clang prints a location's file only when it differs from the one printed before, anywhere in
 * the tree; `includedFrom` has a file too, which does not count.
 */
class FileTracker {
  #last = '';

  enter(node: Node, text: string): string {
    const loc = node.loc ?? {};
    let file = loc.file ?? this.#last;
    if (loc.expansionLoc) {
      const spelling = loc.spellingLoc?.file ?? this.#last;
      file = loc.expansionLoc.file ?? spelling;
    }
    for (const match of text.matchAll(/("includedFrom": \{\s*)?"file": "([^"]*)"/g)) {
      if (!match[1]) this.#last = match[2] as string;
    }
    return baseName(file);
  }
}

export function baseName(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.h$/i, '').toLowerCase();
}

function findOwned(node: Node): string | undefined {
  if (node.ownedTagDecl) return node.ownedTagDecl.id;
  for (const child of node.inner ?? []) {
    const found = /Type$/.test(child.kind) ? findOwned(child) : undefined;
    if (found) return found;
  }
  return undefined;
}

function replaceInline(type: CType, name: string): CType {
  if (type.k === 'inline') return { k: 'name', name };
  if (type.k === 'ptr') return { k: 'ptr', to: replaceInline(type.to, name) };
  if (type.k === 'array') return { ...type, of: replaceInline(type.of, name) };
  if (type.k === 'const') return { k: 'const', of: replaceInline(type.of, name) };
  return type;
}

/** A record with a tag of its own inside another one is a name like any other: it goes to `items`. */
function readRecord(node: Node, file: string, items: IrItem[]): IrRecord {
  const record: IrRecord = {
    kind: node.tagUsed ?? 'struct',
    name: node.name ?? '',
    tag: node.name ?? '',
    file,
    module: '',
    fields: [],
    inline: [],
    complete: node.completeDefinition === true,
  };
  for (const child of node.inner ?? []) {
    if (child.kind === 'RecordDecl' && child.completeDefinition) {
      const inner = readRecord(child, file, items);
      if (inner.tag) items.push(inner);
      else record.inline.push(inner);
    } else if (child.kind === 'FieldDecl') {
      record.fields.push(readField(child, record));
    }
  }
  return record;
}

function readField(node: Node, record: IrRecord): IrField {
  const spelling = node.type?.qualType ?? 'int';
  let type = parseType(spelling);
  // The record a field is made of is the last one declared before it.
  type = fillInline(type, record.inline.length - 1);
  const field: IrField = { name: node.name ?? '', type };
  if (node.isBitfield) field.bits = Number(findValue(node) ?? 0);
  return field;
}

function fillInline(type: CType, index: number): CType {
  if (type.k === 'inline') return { k: 'inline', index };
  if (type.k === 'ptr') return { k: 'ptr', to: fillInline(type.to, index) };
  if (type.k === 'array') return { ...type, of: fillInline(type.of, index) };
  if (type.k === 'const') return { k: 'const', of: fillInline(type.of, index) };
  return type;
}

function findValue(node: Node): string | undefined {
  for (const child of node.inner ?? []) {
    if (child.kind === 'ConstantExpr' && child.value !== undefined) return child.value;
    const found = findValue(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readEnum(node: Node, file: string): IrEnum {
  const members: IrEnum['members'] = [];
  let next = 0;
  for (const child of node.inner ?? []) {
    if (child.kind !== 'EnumConstantDecl') continue;
    // Only enumerators with an initializer carry a value.
    const value = Number(findValue(child) ?? next);
    members.push({ name: child.name ?? '', value });
    next = value + 1;
  }
  return { kind: 'enum', name: node.name ?? '', tag: node.name ?? '', file, module: '', members };
}

function readFunction(
  node: Node,
  params: Node[],
  declared: { name: string; file: string; module: string },
): IrFunction {
  const spelling = node.type?.qualType ?? '';
  const type = parseType(spelling);
  if (type.k !== 'fn') throw new Error(`${declared.name} is not a function: ${spelling}`);
  const list = params.map((param, index) => ({
    name: cleanName(param.name ?? `arg${index}`),
    type: parseType(param.type?.qualType ?? 'int'),
    facts: {},
  }));
  return {
    ...declared,
    kind: 'function',
    ret: type.ret,
    params: list,
    cdecl: type.cdecl,
    dll: '',
    failure: { convention: 'NeverFails' },
  };
}

/** mingw writes `__readfds` where the documentation writes `readfds`. */
function cleanName(name: string): string {
  return name.replace(/^_+/, '') || name;
}
