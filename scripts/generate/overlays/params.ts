// What functions do with the memory they are given, from their documentation: direction, the
// parameter that says how much memory there is, and whether the system keeps it after the call. A file
// of params/ for each family of headers.
//
//   in · out · inout     who reads and who writes; the rules of model/facts.ts say the rest
//   bytes n · count n    as many bytes or elements as parameter n says
//   bytesAt n · countAt n   as the variable says that parameter n points to
//     … plus 1           and so many more, such as the NUL behind a text
//     … orText           -1 stands for a text that ends with a NUL
//     … orNull           NULL is right whatever the length says
//   bytesSum n:m         as many bytes as the parameters add up to
//   bytesBy n:2=4:23=16  as many bytes as belong to the value of parameter n
//   byFlags n 0x100 X else Y   the bound X where parameter n has one of the flags, else the bound Y
//   untilZero           up to an element that is zero, as int lists are
//   untilZero 2 1        up to two zeros in a row of one byte each, as a list of texts
//   minBytes 46          at least so many bytes
//   opaque               nothing in the call says how much, or it is no memory at all
//   string               read up to its NUL
//   systemOwned          freed by the function, so it must be memory the system allocated
//   wholePages           mapped or unmapped, so it must be memory the system has given
//   kept                 used until the operation is over: overlapped results, callbacks

import { ADDRESSES } from './params/addresses.ts';
import { EXTENSIONS } from './params/extensions.ts';
import { IPHLPAPI } from './params/iphlpapi.ts';
import { KERNEL } from './params/kernel.ts';
import { PROVIDERS } from './params/providers.ts';
import { QOS } from './params/qos.ts';
import { WINSOCK } from './params/winsock.ts';

/** All groups, with their reasons. */
export const PARAM_GROUPS = [
  ...WINSOCK,
  ...ADDRESSES,
  ...EXTENSIONS,
  ...PROVIDERS,
  ...QOS,
  ...IPHLPAPI,
  ...KERNEL,
];

export const PARAMS: Record<string, Record<string, string>> = {};

for (const { functions } of PARAM_GROUPS) {
  for (const [name, entry] of Object.entries(functions)) {
    if (name in PARAMS) throw new Error(`overlays/params: ${name} is there twice`);
    PARAMS[name] = entry;
  }
}
