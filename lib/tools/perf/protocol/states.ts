/** The states of iperf3's control connection: one byte each, signed. */
export const State = {
  TEST_START: 1,
  TEST_RUNNING: 2,
  TEST_END: 4,
  PARAM_EXCHANGE: 9,
  CREATE_STREAMS: 10,
  SERVER_TERMINATE: 11,
  CLIENT_TERMINATE: 12,
  EXCHANGE_RESULTS: 13,
  DISPLAY_RESULTS: 14,
  IPERF_DONE: 16,
  ACCESS_DENIED: -1,
  SERVER_ERROR: -2,
  /** Our own, before anything else: the server is `winsock perf` and has understood the cookie. */
  WINSOCK_HELLO: 0x57,
} as const;

const names = new Map<number, string>(Object.entries(State).map(([name, state]) => [state, name]));

export function stateName(state: number): string {
  return names.get(state) ?? `state ${state}`;
}

/** iperf3's own error numbers that a server of ours sends. */
export const ServerError = {
  NOT_IMPLEMENTED: 13,
  NO_SCTP: 18,
  NO_PARAMETERS: 114,
  NO_STREAMS: 204,
  NO_OPTION: 130,
} as const;

/**
 * iperf3's error numbers in our words. What each means was seen from iperf3 3.12, by what its client
 * prints when a server sends it.
 */
export const SERVER_ERRORS: Readonly<Record<number, string>> = {
  5: 'the test would take too long for it',
  6: 'it does not take so many streams',
  7: 'the block size is too large for it',
  8: 'the socket buffers are too large for it',
  10: 'the maximum segment size is too large for it',
  13: 'it has not implemented an option',
  18: 'it has no SCTP',
  20: 'the block size is wrong for it',
  27: 'the rate is above its limit',
  109: 'its control connection was closed',
  110: 'it did not understand a control message',
  114: 'it could not receive the parameters',
  117: 'it could not receive the results',
  122: 'it could not set TCP_NODELAY',
  123: 'it could not set the maximum segment size',
  124: 'it could not set the socket buffers',
  125: 'it could not set the type of service',
  130: 'it could not set a socket option',
  134: 'it does not have that congestion control',
  140: 'it cannot pace by socket',
  142: 'it wants a user name and a password',
  144: 'it has received nothing for too long',
  204: 'it could not accept a stream',
};
