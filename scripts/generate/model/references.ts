// Who names what: the types that published items are written with, and that no header of the list
// publishes, become the base types. Nothing that is written later adds to them.

import { WINDOWS_MODULE } from '../read/unit.ts';
import { unconst } from './ctype.ts';
import type { CType, Ir, IrField, IrItem, IrParam, IrRecord, IrTypedef } from './ir.ts';
import { canonical, type Names } from './resolve.ts';

/** Gives everything that published items name, directly or not, a module. */
export function publishReferences(ir: Ir, names: Names): void {
  const queue = ir.items.filter((item) => item.module !== '');
  for (let item = queue.pop(); item; item = queue.pop()) {
    for (const name of namedBy(item, names)) {
      const found = names.find(name);
      if (!found) throw new Error(`${item.name}: nothing declares '${name}'`);
      if (found.module !== '') continue;
      found.module = WINDOWS_MODULE;
      queue.push(found);
    }
  }
}

/** The names that the definition of an item is written with. */
function namedBy(item: IrItem, names: Names): string[] {
  switch (item.kind) {
    case 'function':
      if (item.leftOut) return [];
      return [...inText(item.ret, names), ...inParams(item.params, names)];
    case 'struct':
    case 'union':
      return item.complete ? inRecord(item, names) : [];
    case 'typedef':
      return inTypedef(item, names);
    case 'alias': {
      const target = names.find(item.target);
      // Another name for code is code, which lib/api writes.
      const isCode = target?.kind === 'macro' || target?.kind === 'inline';
      const isLeftOut = target?.kind === 'function' && target.leftOut !== undefined;
      return target && !isCode && !isLeftOut ? [target.name].filter(isNamed) : [];
    }
    default:
      return [];
  }
}

/** A GUID is a type of lib/ffi. */
function isNamed(name: string): boolean {
  return name !== 'GUID';
}

function inTypedef(item: IrTypedef, names: Names): string[] {
  const handle = names.handleBehind(item);
  if (handle) return [handle];
  if (names.isHandle(item.name)) return [];
  const resolved = names.resolve({ k: 'name', name: item.name });
  switch (resolved.k) {
    case 'callback': {
      const own = unconst(item.type);
      const other = own.k === 'ptr' ? unconst(own.to) : own;
      if (other.k === 'name' && !other.tag) return [other.name];
      const fn = names.callbackOf(item);
      return fn ? [...inText(fn.ret, names), ...inParams(fn.params, names)] : [];
    }
    case 'record':
      if (!resolved.item.complete) return [];
      return [resolved.item.name].filter(isNamed);
    case 'enum':
      return [resolved.item.name];
    case 'ptr':
      return inType({ k: 'ptr', to: resolved.to }, names);
    default:
      return [];
  }
}

function inRecord(record: IrRecord, names: Names): string[] {
  const inField = (field: IrField) => {
    const isBuffer = record.measured?.[field.name] !== undefined;
    return isBuffer ? inType(field.type, names) : inText(field.type, names);
  };
  const fields = [...record.fields, ...(record.byArch?.ia32 ?? [])];
  return [...fields.flatMap(inField), ...record.inline.flatMap((inner) => inRecord(inner, names))];
}

function inParams(params: readonly IrParam[], names: Names): string[] {
  return params.flatMap(({ type, facts }) =>
    facts.string ? inText(type, names) : inType(type, names),
  );
}

/** The names in a type whose `char *` and `WCHAR *` are strings, and so have none. */
function inText(type: CType, names: Names): string[] {
  return names.characterOf(type) ? [] : inType(type, names);
}

function inType(type: CType, names: Names): string[] {
  const plain = unconst(type);
  const resolved = names.resolve(plain);
  switch (resolved.k) {
    case 'scalar':
      return plain.k === 'name' ? [canonical(plain.name)] : [];
    case 'handle':
      return [resolved.name];
    case 'enum':
      return resolved.item.name ? [resolved.item.name] : [];
    case 'record':
    case 'callback':
      return [resolved.item.name].filter(isNamed);
    case 'array':
      return inType(resolved.of, names);
    case 'ptr':
      return names.isOpaque(resolved.to) ? [] : inType(resolved.to, names);
    default:
      return [];
  }
}
