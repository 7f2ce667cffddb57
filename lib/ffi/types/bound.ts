/**
 * How much memory there is behind a pointer, or in the array at the end of a record: data beside a
 * definition. A length is named: of a function it is a parameter, of a record a field.
 */

/** What a length leaves out, and what it says beside a number. */
export interface BoundOptions {
  /** Bytes or elements that the length does not count, such as the NUL behind a text. */
  readonly plus?: number;
  /** -1 stands for a text that ends with a NUL. */
  readonly orText?: boolean;
  /** NULL is right whatever the length says. */
  readonly orNull?: boolean;
}

/** Where the pointee's size does not say how much memory there is. */
export type Bound =
  /** As many bytes as a length says. */
  | ({ readonly kind: 'bytes'; readonly parameter: string } & BoundOptions)
  /** As many bytes as the variable says that a length points to. */
  | ({ readonly kind: 'bytesAt'; readonly parameter: string } & BoundOptions)
  /** As many elements as a length says. */
  | ({ readonly kind: 'count'; readonly parameter: string } & BoundOptions)
  /** As many elements as the variable says that a length points to. */
  | ({ readonly kind: 'countAt'; readonly parameter: string } & BoundOptions)
  /** As many bytes as belong to a value, such as an address family. */
  | {
      readonly kind: 'bytesBy';
      readonly parameter: string;
      readonly sizes: Readonly<Record<number, number>>;
    }
  /** As many bytes as several lengths add up to. */
  | { readonly kind: 'bytesSum'; readonly parameters: readonly string[] }
  /** One bound where any of these flags is set, and another where none is. */
  | {
      readonly kind: 'byFlags';
      readonly parameter: string;
      readonly flags: number;
      readonly set: Bound;
      readonly clear: Bound;
    }
  /**
   * As far as so many elements in a row that are zero, as a text ends with its NUL; of so many bytes each, or as large
   * as the pointer's own.
   */
  | { readonly kind: 'untilZero'; readonly zeros: number; readonly size: number | undefined }
  /** At least so many bytes, whatever the arguments say. */
  | { readonly kind: 'minBytes'; readonly least: number }
  /** Nothing says how much. */
  | { readonly kind: 'opaque' };

export const bytes = (parameter: string, options?: BoundOptions): Bound => ({
  kind: 'bytes',
  parameter,
  ...options,
});
export const bytesAt = (parameter: string, options?: BoundOptions): Bound => ({
  kind: 'bytesAt',
  parameter,
  ...options,
});
export const count = (parameter: string, options?: BoundOptions): Bound => ({
  kind: 'count',
  parameter,
  ...options,
});
export const countAt = (parameter: string, options?: BoundOptions): Bound => ({
  kind: 'countAt',
  parameter,
  ...options,
});
export const bytesBy = (parameter: string, sizes: Readonly<Record<number, number>>): Bound => ({
  kind: 'bytesBy',
  parameter,
  sizes,
});
export const bytesSum = (...parameters: string[]): Bound => ({ kind: 'bytesSum', parameters });
export const byFlags = (parameter: string, flags: number, set: Bound, clear: Bound): Bound => ({
  kind: 'byFlags',
  parameter,
  flags,
  set,
  clear,
});
export const untilZero = (zeros = 1, size?: number): Bound => ({ kind: 'untilZero', zeros, size });
export const minBytes = (least: number): Bound => ({ kind: 'minBytes', least });
export const opaque: Bound = { kind: 'opaque' };

/** Whether a bound counts what a pointer points to, rather than bytes. */
export function countsElements(bound: Bound): boolean {
  return bound.kind === 'count' || bound.kind === 'countAt';
}

/**
 * Whether a length says how much memory there is, so that NULL is right where it is 0: the check of the bound, and not
 * the conversion of the argument, then refuses NULL.
 */
export function isMeasured(bound: Bound | undefined): boolean {
  return (
    bound !== undefined &&
    'parameter' in bound &&
    bound.kind !== 'bytesBy' &&
    bound.kind !== 'byFlags'
  );
}
