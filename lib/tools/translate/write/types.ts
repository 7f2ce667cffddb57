import type { Sym } from '../ast.ts';
import { type CType, elementOf, isInt, isRecord } from '../ctypes.ts';
import type { Slot } from '../survey/slots.ts';
import { isListSym, type Kind, pointerKind, typedArray } from './kinds.ts';
import type { Writer } from './writer.ts';

/** Integers whose name says what they are. */
const SPEAKING = /^(?:SOCKET|HANDLE|WSAEVENT|HWND|HINSTANCE|HMODULE)$/;

/** The type in TypeScript of something of a C type. */
export function typeText(w: Writer, type: CType, slot: Slot | undefined, isList = false): string {
  switch (type.k) {
    case 'void':
      return 'void';
    case 'int':
      if (SPEAKING.test(type.name) && w.api.entryOf(type.name)) return w.imports.type(type.name);
      return type.bits === 64 && !type.number ? 'bigint' : 'number';
    case 'float':
      return 'number';
    case 'record':
      if (type.name === 'va_list') return 'unknown[]';
      return w.recordType(type);
    case 'function':
      return functionText(w, type);
    case 'array':
      return kindText(w, pointerKind(type, slot), type, slot);
    case 'ptr': {
      const kind = pointerKind(type, slot, isList);
      const extension = kind === 'function' && type.name ? w.api.extensionOf(type.name) : undefined;
      const text = extension
        ? `typeof ${w.imports.value(extension)}`
        : kindText(w, kind, type, slot);
      const nullable =
        slot?.nullable === true && kind !== 'integer' && kind !== 'list' && kind !== 'box';
      return nullable ? `${kind === 'function' ? `(${text})` : text} | null` : text;
    }
  }
}

function functionText(w: Writer, type: CType & { k: 'function' }): string {
  const params = type.params.map(
    ({ name, type: one, slot }, index) => `${name || `arg${index}`}: ${typeText(w, one, slot)}`,
  );
  return `(${params.join(', ')}) => ${typeText(w, type.result, type.resultSlot)}`;
}

export function kindText(w: Writer, kind: Kind, type: CType, slot: Slot | undefined): string {
  const element = elementOf(type);
  switch (kind) {
    case 'string':
      return 'string';
    case 'bytes':
    case 'memory':
      return 'Uint8Array';
    case 'wide':
      return 'Uint16Array';
    case 'array':
      return typedArray(element) ?? 'Uint8Array';
    case 'carray':
      return `${w.imports.type('CArray')}<number>`;
    case 'records':
      return `${w.imports.type('CArray')}<${typeText(w, element, undefined)}>`;
    case 'ref':
      if (element.k === 'ptr')
        return `${w.imports.type('Ref')}<${typeText(w, element.to, undefined)} | null>`;
      return `${w.imports.type('Ref')}<${isInt(element) && element.bits === 64 && !element.number ? 'bigint' : 'number'}>`;
    case 'record':
      return isRecord(element) ? typeText(w, element, undefined) : 'Uint8Array';
    case 'function':
      return element.k === 'function' ? functionText(w, element) : '() => void';
    case 'file':
      return w.imports.type('FILE', 'winsock/c');
    case 'integer':
      return 'number';
    case 'address':
      return w.imports.type('Pointer');
    case 'list': {
      const inner = typeText(w, element, slot);
      return `${inner.includes(' ') ? `(${inner})` : inner}[]`;
    }
    case 'box':
      return `${w.imports.type('Box', 'winsock/c')}<${typeText(w, element, slot)}>`;
    default:
      return 'number';
  }
}

export function symType(w: Writer, sym: Sym): string {
  const text = typeText(w, sym.type, sym.slot, isListSym(sym));
  return sym.mayLack ? `${text} | null` : text;
}
