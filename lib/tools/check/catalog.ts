// All topics, in the order in which they are shown.

import type { Fact, Topic } from './fact.ts';
import { addresses } from './facts/addresses.ts';
import { callbacks } from './facts/callbacks.ts';
import { cancelAndClose } from './facts/cancel-close.ts';
import { completion } from './facts/completion.ts';
import { datagrams } from './facts/datagrams.ts';
import { errors } from './facts/errors.ts';
import { extensionFunctions } from './facts/extension-functions.ts';
import { icmp } from './facts/icmp.ts';
import { iphlpapi } from './facts/iphlpapi.ts';
import { messages } from './facts/messages.ts';
import { names } from './facts/names.ts';
import { options } from './facts/options.ts';
import { pollAndSelect } from './facts/poll-select.ts';
import { providers } from './facts/providers.ts';
import { sending } from './facts/sending.ts';
import { streams } from './facts/streams.ts';
import { unix } from './facts/unix.ts';

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
