// What comes of asking a fact.

export type Outcome =
  | { readonly answered: string }
  | { readonly skipped: string }
  | { readonly broken: string };

/** What the process in which facts are asked says of them. */
export type Line =
  | { readonly begins: string }
  | { readonly ended: string; readonly milliseconds: number; readonly outcome: Outcome };
