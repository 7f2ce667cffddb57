// Small questions about a C type of the IR.

import type { CType } from './ir.ts';

export function unconst(type: CType): CType {
  return type.k === 'const' ? unconst(type.of) : type;
}

/** The function type that a pointer or a typedef's own text spells out. */
export function functionOf(type: CType): Extract<CType, { k: 'fn' }> | undefined {
  const plain = unconst(type);
  if (plain.k === 'fn') return plain;
  return plain.k === 'ptr' ? functionOf(plain.to) : undefined;
}

/** A type as C writes it, with an array's length after it. */
export function spell(type: CType): string {
  switch (type.k) {
    case 'base':
      return type.name;
    case 'name':
      return type.tag ? `${type.tag} ${type.name}` : type.name;
    case 'const':
      return type.of.k === 'ptr' ? `${spell(type.of)} const` : `const ${spell(type.of)}`;
    case 'ptr':
      return `${spell(type.to)} *`;
    case 'array':
      return `${spell(type.of)}[${type.length}]`;
    case 'fn':
      return `${spell(type.ret)} (${type.params.map((param) => spell(param.type)).join(', ')})`;
    case 'inline':
      return '{}';
  }
}
