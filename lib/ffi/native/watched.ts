const { WINSOCK_CHECK } = process.env;

/** Whether WINSOCK_CHECK asks for a look at what the program does with its memory. */
export const isWatched = WINSOCK_CHECK !== undefined && !['', '0'].includes(WINSOCK_CHECK);
