import { CHILD } from './child.ts';
import { HTTP } from './http.ts';
import { NET } from './net.ts';
import type { Replacement } from './replacement.ts';
import { TLS } from './tls.ts';

/** Everything that `winsock/register` changes in Node.js, and nothing else is. */
export const REPLACEMENTS: readonly Replacement[] = [...TLS, ...HTTP, ...NET, ...CHILD];
