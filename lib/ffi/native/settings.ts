/** Variables of the environment that ask this package for something. */
const { WINSOCK_CHECK } = process.env;

/** Whether the value of a variable asks for something: there is one, and it is neither empty nor 0. */
export function isOn(setting: string | undefined): boolean {
  return setting !== undefined && !/^0?$/.test(setting);
}

/** Whether WINSOCK_CHECK asks for a look at what the program does with its memory. */
export const isWatched = isOn(WINSOCK_CHECK);
