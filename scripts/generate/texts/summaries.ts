// One sentence about a function or type, in our own words. The A and W variants share the sentence
// of the name without the letter. Every function has one; check.ts sees to it.

import { EXTENSIONS } from './summaries/extensions.ts';
import { IPHLPAPI } from './summaries/iphlpapi.ts';
import { KERNEL } from './summaries/kernel.ts';
import { NAMES } from './summaries/names.ts';
import { PROVIDERS } from './summaries/providers.ts';
import { QOS } from './summaries/qos.ts';
import { SOCKETS } from './summaries/sockets.ts';
import { STRUCTURES } from './summaries/structures.ts';

export const SUMMARIES: Record<string, string> = {
  ...SOCKETS,
  ...NAMES,
  ...EXTENSIONS,
  ...PROVIDERS,
  ...STRUCTURES,
  ...KERNEL,
  ...IPHLPAPI,
  ...QOS,
};
