/** A test that could not be made or did not come to its end, in a sentence for a person. */
export class PerfError extends Error {
  override readonly name = 'PerfError';
}

/** What an unknown error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
