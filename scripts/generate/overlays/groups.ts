/** Titles of the groups of constants, by prefix; a module before the prefix narrows it. */
export const GROUPS: Record<string, string> = {};
