// The text of one `.g.ts` module: constants, then types, then functions, each in the header's order.

import { type IrItem, isRecord } from '../model/ir.ts';
import { emitConstants, emitEnum } from './constants.ts';
import { emitFunction } from './functions.ts';
import { emitRecord } from './records.ts';
import { emitTypedef } from './typedefs.ts';
import { createWriter, type ModuleOptions, type ModuleText, type Writer } from './writer.ts';

export function emitModule(options: ModuleOptions): ModuleText {
  const { items } = options;
  const writer = createWriter(options);
  const isConstant = (item: IrItem) => item.kind === 'constant' || item.kind === 'variable';
  emitConstants(writer, items.filter(isConstant));
  // Records first: a typedef that names one of this module is only another name for it.
  for (const item of items) emitType(writer, item);
  for (const item of items) {
    if (item.kind === 'function' && !item.leftOut) emitFunction(writer, item);
  }
  return writer.finish();
}

function emitType(writer: Writer, item: IrItem): void {
  if (isRecord(item)) {
    if (item.complete && item.name !== 'GUID') emitRecord(writer, item);
  } else if (item.kind === 'enum') emitEnum(writer, item);
  else if (item.kind === 'typedef') emitTypedef(writer, item);
  else if (item.kind === 'alias') {
    writer.alias(item.name, writer.names.find(item.target)?.name ?? item.target);
  }
}
