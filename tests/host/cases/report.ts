/** What a case found, as a line that the test reads. */
export function report(step: string, value: unknown): void {
  console.log(`found ${JSON.stringify({ step, value })}`);
}

/** What a library's caller sees of an error. */
export function failure(error: unknown): object {
  const { name, code, syscall } = error as Error & { code?: string; syscall?: string };
  return { name, code, syscall };
}

/** Asks the test to do something, by a line, and waits until it says that it has. */
export async function ask(what: string): Promise<void> {
  const answer = new Promise<void>((resolve) => {
    process.stdin.resume().once('data', () => {
      process.stdin.pause();
      resolve();
    });
  });
  console.log(`please ${what}`);
  await answer;
}
