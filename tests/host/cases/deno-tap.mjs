// Loaded before tests on Deno: its call sites are of another class than tap looks for, which reads lines of a stack too.
import { CallSiteLike } from '@tapjs/stack';

CallSiteLike.prepareStackTrace = (error, sites) =>
  sites.map((site) => new CallSiteLike(error, `    at ${site}`));
