export const CODE_NAMES: ReadonlyArray<readonly [code: number, name: string]> = [[10054,'WSAECONNRESET'],[10038,'WSAENOTSOCK']];
