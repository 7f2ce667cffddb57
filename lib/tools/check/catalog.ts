// All topics, in the order in which they are shown.

import type { Fact, Topic } from './fact.ts';
import { callbacks } from './facts/overlapped/callbacks.ts';
import { cancelAndClose } from './facts/overlapped/cancel-close.ts';
import { completion } from './facts/overlapped/completion.ts';
import { extensionFunctions } from './facts/overlapped/extension-functions.ts';
import { messages } from './facts/overlapped/messages.ts';
import { addresses } from './facts/sockets/addresses.ts';
import { datagrams } from './facts/sockets/datagrams.ts';
import { errors } from './facts/sockets/errors.ts';
import { options } from './facts/sockets/options.ts';
import { pollAndSelect } from './facts/sockets/poll-select.ts';
import { sending } from './facts/sockets/sending.ts';
import { streams } from './facts/sockets/streams.ts';
import { unix } from './facts/sockets/unix.ts';
import { icmp } from './facts/system/icmp.ts';
import { iphlpapi } from './facts/system/iphlpapi.ts';
import { names } from './facts/system/names.ts';
import { providers } from './facts/system/providers.ts';

export const TOPICS: readonly Topic[] = [
  errors,
  completion,
  cancelAndClose,
  streams,
  datagrams,
  messages,
  sending,
  addresses,
  options,
  pollAndSelect,
  extensionFunctions,
  unix,
  names,
  iphlpapi,
  callbacks,
  icmp,
  providers,
];

/** Every fact under its full name: 'datagrams/unbound-receive'. */
export function factsByName(): Map<string, Fact> {
  return new Map(
    TOPICS.flatMap(({ name, facts }) => facts.map((fact) => [`${name}/${fact.id}`, fact] as const)),
  );
}
