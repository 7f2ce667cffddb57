// How overlays and texts are written: lists of names as one text, and one entry for the A and the W
// variant of a name.

/** The names in a text, which are separated by spaces or lines. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

/** A name without the A or W by which the variants of a function or a record are told apart. */
export function withoutVariant(name: string): string {
  return name.replace(/[AW]$/, '');
}

/** The entry of a name, or the one of the name without its A or W. */
export function ofVariants<T>(entries: Readonly<Record<string, T>>, name: string): T | undefined {
  return entries[name] ?? entries[withoutVariant(name)];
}
