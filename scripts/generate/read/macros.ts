// The preprocessed unit → macros with the header that defines them, and the parameter names of
// function-pointer types, which clang's syntax tree does not tell.

import { baseName } from './ast.ts';

export interface Macro {
  name: string;
  /** Parameters of a function-like macro. */
  params?: string[];
  text: string;
  file: string;
}

/** Macros that are defined at the end of the unit, in the order of their definitions. */
export function readMacros(preprocessed: string): Macro[] {
  const found = new Map<string, Macro>();
  let file = '';
  for (const line of preprocessed.split('\n')) {
    if (line[0] !== '#') continue;
    const marker = /^# \d+ "([^"]*)"/.exec(line);
    if (marker) {
      file = baseName(marker[1] as string);
      continue;
    }
    const undef = /^#undef (\w+)/.exec(line);
    if (undef) found.delete(undef[1] as string);
    const define = /^#define (\w+)(\([^)]*\))?(?: (.*))?$/.exec(line);
    if (!define) continue;
    const [, name, params, text] = define as unknown as [string, string, string?, string?];
    found.delete(name);
    const macro: Macro = { name, text: (text ?? '').trim(), file };
    if (params)
      macro.params = params
        .slice(1, -1)
        .split(',')
        .map((param) => param.trim());
    found.set(name, macro);
  }
  return [...found.values()];
}

const NOT_NAMES = new Set(['int', 'char', 'short', 'long', 'void', 'unsigned', 'signed', 'const']);

/** Parameter names of each `typedef RESULT (CALL *NAME)(PARAMETERS);`, '' where there is none. */
export function readCallbackParams(preprocessed: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const text = preprocessed.replace(/^#.*$/gm, '');
  for (const match of text.matchAll(/\btypedef\b([^;{}]*);/g)) {
    const declaration = (match[1] as string)
      .replace(/__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)/g, ' ')
      .trim();
    if (!declaration.endsWith(')')) continue;
    const open = openingParen(declaration);
    const name = /(\w+)[\s)]*$/.exec(declaration.slice(0, open))?.[1];
    if (name) found.set(name, splitParams(declaration.slice(open + 1, -1)).map(paramName));
  }
  return found;
}

function openingParen(text: string): number {
  for (let at = text.length - 1, depth = 0; at >= 0; at--) {
    if (text[at] === ')') depth++;
    if (text[at] === '(' && --depth === 0) return at;
  }
  return 0;
}

function splitParams(text: string): string[] {
  const params: string[] = [];
  for (let at = 0, depth = 0, start = 0; at <= text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')') depth--;
    if (at === text.length || (text[at] === ',' && depth === 0)) {
      params.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  return params;
}

function paramName(param: string): string {
  const words = param.replace(/\[[^\]]*\]/g, '').match(/\w+|\*/g) ?? [];
  const last = words.at(-1) ?? '';
  const typed = words.filter((word) => !/^(?:const|struct|union|enum|\*)$/.test(word)).length > 1;
  return typed && /^[A-Za-z_]/.test(last) && !NOT_NAMES.has(last) ? last.replace(/^_+/, '') : '';
}
