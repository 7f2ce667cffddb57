/** One sentence about a function or type, in our own words. */
export const SUMMARIES: Record<string, string> = {};
