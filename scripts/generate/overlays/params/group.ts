/** What functions do with memory, and why the rules of model/facts.ts do not say it. */
export interface ParamGroup {
  reason: string;
  /** By function and parameter; params.ts lists the words. */
  functions: Record<string, Record<string, string>>;
}
