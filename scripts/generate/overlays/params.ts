export const PARAMS: Record<string, Record<string, string>> = {};
