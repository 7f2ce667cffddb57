/** The I/O models that are compared: each a way of Windows to have many sockets served. */
export const COMPARED_MODELS = [
  'port',
  'overlapped',
  'event',
  'poll',
  'select',
  'blocking',
  'rio',
  'net',
] as const;
export type ComparedModel = (typeof COMPARED_MODELS)[number];

/** What each is, in a few words. */
export const MODEL_TITLES: Readonly<Record<ComparedModel, string>> = {
  port: 'completion port, winsock/io',
  overlapped: 'overlapped calls and events, WSAWaitForMultipleEvents',
  event: 'WSAEventSelect',
  poll: 'WSAPoll',
  select: 'select',
  blocking: 'blocking calls, a thread for each connection',
  rio: 'Registered I/O',
  net: 'node:net',
};
