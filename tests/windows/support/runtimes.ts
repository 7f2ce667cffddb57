/** The run times that the test command has set up; natively on Windows perhaps only this one. */
export const allRuntimes: readonly (readonly [name: string, executable: string | undefined])[] = [
  ['this Node.js', process.execPath],
  ['Node.js 22', process.env.WINSOCK_NODE22],
  ['Node.js 26', process.env.WINSOCK_NODE26],
  ['Bun', process.env.WINSOCK_BUN],
];

/** Those on which a test is worth its time that depends on the engine and not on its version. */
export const bothEngines = [allRuntimes[0]!, allRuntimes.at(-1)!] as const;

/** Why a test is skipped that needs a run time. */
export function missingRuntime(name: string, executable: string | undefined): string | false {
  return executable === undefined && `no ${name} here`;
}
