/** How much memory a function reads or writes at a pointer: data beside its definition. */

/** How much memory a function reads or writes at a pointer, where the pointee's size does not say it. */
export type Bound =
  /** As many bytes as another parameter says. */
  | { readonly kind: 'bytes'; readonly parameter: string }
  /** As many bytes as the variable says that another parameter points to. */
  | { readonly kind: 'bytesAt'; readonly parameter: string }
  /** As many elements as another parameter says. */
  | { readonly kind: 'count'; readonly parameter: string }
  /** As many elements as the variable says that another parameter points to. */
  | { readonly kind: 'countAt'; readonly parameter: string }
  /** As many bytes as belong to the value of another parameter, such as an address family. */
  | {
      readonly kind: 'bytesBy';
      readonly parameter: string;
      readonly sizes: Readonly<Record<number, number>>;
    }
  /** As many bytes as other parameters add up to. */
  | { readonly kind: 'bytesSum'; readonly parameters: readonly string[] }
  | { readonly kind: 'minBytes'; readonly least: number }
  /** Nothing in the call says how much. */
  | { readonly kind: 'opaque' };

export const bytes = (parameter: string): Bound => ({ kind: 'bytes', parameter });
export const bytesAt = (parameter: string): Bound => ({ kind: 'bytesAt', parameter });
export const count = (parameter: string): Bound => ({ kind: 'count', parameter });
export const countAt = (parameter: string): Bound => ({ kind: 'countAt', parameter });
export const bytesBy = (parameter: string, sizes: Readonly<Record<number, number>>): Bound => ({
  kind: 'bytesBy',
  parameter,
  sizes,
});
export const bytesSum = (...parameters: string[]): Bound => ({ kind: 'bytesSum', parameters });
export const minBytes = (least: number): Bound => ({ kind: 'minBytes', least });
export const opaque: Bound = { kind: 'opaque' };

/** Memory that goes with a length may be NULL where the length is 0; its bound check sees to it. */
export function isMeasured(bound: Bound | undefined): boolean {
  return bound !== undefined && 'parameter' in bound && bound.kind !== 'bytesBy';
}
