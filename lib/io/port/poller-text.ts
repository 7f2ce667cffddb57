/**
 * The program of the poller thread as text, which `npm run build` puts here: a bundle that has the package in it
 * then needs no second file. Where the module runs from its sources there is none, and the thread runs from its own.
 */
export const POLLER_TEXT: string | undefined = undefined;
