import type { Sym } from '../ast.ts';
import {
  type CType,
  type Field,
  isBig,
  isByte,
  isInt,
  isPointer,
  isRecord,
  isText,
  isWide,
  type RecordType,
} from '../ctypes.ts';
import { Untranslatable } from './code.ts';
import { newValue } from './expressions/initializers.ts';
import { fieldId } from './expressions/pointers.ts';
import { value } from './expressions/values.ts';
import { fieldKind, typedArray } from './kinds.ts';
import { typeText } from './types.ts';
import type { Writer } from './writer.ts';

/** The declaration of a structure of the program. */
export function recordLines(w: Writer, record: RecordType): string[] {
  return record.plain ? classLines(w, record) : structLines(w, record);
}

function classLines(w: Writer, record: RecordType): string[] {
  const fields = (record.fields ?? []).map((field) => {
    const { name, type, slot } = field;
    const text = type.k === 'array' ? '' : typeText(w, type, slot);
    if (type.k === 'ptr') {
      const kind = fieldKind(record, field);
      if (kind === 'integer') return `  ${name} = 0;`;
      if (slot?.nullable) return `  ${name}: ${text} = null;`;
      if (kind === 'string') return `  ${name} = '';`;
      return `  ${name}!: ${text};`;
    }
    const zero = newValue(w, type, slot);
    // An array of nothing yet does not say what it is for.
    if (type.k === 'array' && type.of.k === 'ptr')
      return `  ${name}: ${typeText(w, type, slot)} = ${zero.text};`;
    const annotated = type.k === 'int' && text !== 'number' && text !== 'bigint' ? `: ${text}` : '';
    return `  ${name}${annotated} = ${zero.text};`;
  });
  return [`class ${record.name} {`, ...fields, '}'];
}

function structLines(w: Writer, record: RecordType): string[] {
  let unnamed = 0;
  const parts = (record.fields ?? []).map((field) => {
    if (field.name !== '') return field;
    // A member without a name is a structure of its own, whose fields are those of this one.
    if (!isRecord(field.type)) throw new Untranslatable('structure', 'a member without a name');
    return { ...field, name: `$${++unnamed}` };
  });
  const types = parts.flatMap((field) => interfaceFields(w, record, field));
  const layout = parts.map((field) => {
    const { name, type, bits } = field;
    if (name.startsWith('$'))
      return `  ${name}: ${w.imports.value('anon')}(${(type as RecordType).name}),`;
    const value = fieldType(w, record, field);
    return `  ${fieldId(record, name)}: ${bits === undefined ? value : `${w.imports.value('bits')}(${value}, ${bits})`},`;
  });
  const kind = w.imports.value(record.union ? 'union' : 'struct');
  const options = record.pack ? `, { pack: ${record.pack} }` : '';
  w.imports.type('Struct');
  // TypeScript does not find out by itself what is defined by what it points to.
  const isCircle = parts.some(({ type }) => type.k === 'ptr' && isRecord(type.to) && !type.to.api);
  const annotated = isCircle ? `: ${w.imports.type('StructType')}<${record.name}>` : '';
  return [
    `interface ${record.name} extends Struct {`,
    ...types,
    '}',
    `const ${record.name}${annotated} = ${kind}<${record.name}>('${record.name}', () => ({`,
    ...layout,
    `})${options});`,
  ];
}

function fieldType(w: Writer, record: RecordType, field: Field): string {
  const { type } = field;
  if (type.k !== 'ptr') return w.typeValue(type);
  const kind = fieldKind(record, field);
  switch (kind) {
    case 'string':
      return w.imports.value(isWide(type) ? 'wstring' : 'cstring');
    case 'bytes':
      return w.imports.c('memoryPtr');
    case 'record':
      return `${w.imports.value('ptr')}(() => ${w.typeValue(type.to)})`;
    case 'address':
    case 'memory':
    case 'integer':
      return w.imports.value('pvoid');
    case 'function':
      return type.name && !w.api.extensionOf(type.name)
        ? w.imports.value(type.name)
        : w.imports.c('functionPtr');
    default:
      throw new Untranslatable('structure', `${record.name}.${field.name} has no type in memory`);
  }
}

function interfaceFields(w: Writer, record: RecordType, field: Field): string[] {
  const { type } = field;
  const name = fieldId(record, field.name);
  if (field.name.startsWith('$') && isRecord(type)) {
    return (type.fields ?? []).flatMap((one) => interfaceFields(w, type, one));
  }
  if (type.k === 'ptr') {
    switch (fieldKind(record, field)) {
      case 'string':
        return [`  ${name}: string | null;`];
      case 'bytes':
        return [`  ${name}: Uint8Array | null;`];
      case 'record':
        return [`  ${name}: ${typeText(w, type.to, undefined)} | null;`];
      case 'function':
        if (!type.name || w.api.extensionOf(type.name))
          return [`  ${name}: (${typeText(w, { ...type, to: type.to }, undefined)}) | null;`];
        break;
    }
    const pointer = w.imports.type('Pointer');
    return [`  get ${name}(): ${pointer}; set ${name}(value: ${w.imports.type('BufferArg')});`];
  }
  return [`  ${name}: ${memoryType(w, type)};`];
}

/** The type that a structure's memory reads as. */
function memoryType(w: Writer, type: CType): string {
  if (type.k === 'array') {
    const { of } = type;
    if (isText(type)) return w.imports.type(isWide(type) ? 'WideCharArray' : 'CharArray');
    const typed =
      isInt(of) && of.bits === 64 ? undefined : of.k === 'float' ? undefined : typedArray(of);
    if (typed && !isPointer(of))
      return isByte(of) && !(isInt(of) && of.signed) ? 'Uint8Array' : typed;
    const inner =
      isInt(of) && isBig(of)
        ? 'bigint'
        : isRecord(of)
          ? typeText(w, of, undefined)
          : of.k === 'array'
            ? memoryType(w, of)
            : 'number';
    return `${w.imports.type('CArray')}<${inner}>`;
  }
  return typeText(w, type, undefined);
}

/** The value of a name of an enumeration: as the program has it, or the number. */
export function enumValue(w: Writer, sym: Sym): string {
  return sym.expression ? value(w, sym.expression).text : String(sym.value);
}
