/** What is changed in node:http and node:http2 where they were loaded before. */
import ourNet from '../../net.ts';
import { keepsServers } from './net.ts';
import { builtIn, isLoaded, type OldClass, type Replacement, SEEN } from './replacement.ts';

const OwnServer = builtIn('net').Server as OldClass;

export const HTTP: readonly Replacement[] = [
  {
    what: 'the prototype of http.Server',
    reason:
      'it is that of net.Server as it was when http was loaded, which a preload may have done before',
    seen: SEEN,
    differs() {
      if (!isLoaded('_http_server')) return undefined;
      const { Server } = builtIn('http') as { Server: OldClass };
      const inherits = Object.getPrototypeOf(Server.prototype) === OwnServer.prototype;
      return inherits ? undefined : 'http.Server does not inherit from net.Server';
    },
    replace() {
      if (keepsServers || !isLoaded('_http_server')) return;
      const { Server } = builtIn('http') as { Server: OldClass };
      Object.setPrototypeOf(Server.prototype, ourNet.Server.prototype);
      Object.setPrototypeOf(Server, ourNet.Server);
    },
  },
  {
    what: 'net.Server before http2 is loaded',
    reason:
      'its servers are made of net.Server as it is when http2 is loaded, and cannot be changed later',
    seen: SEEN,
    differs: () =>
      isLoaded('internal/http2/core') ? 'http2 was loaded before winsock/register' : undefined,
    replace: () => undefined,
  },
];
