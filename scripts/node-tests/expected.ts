// Files of Node's tests that are known to fail over `winsock/register`, and why.

/**
 * Why a file fails:
 * `built-in`: it fails on Node's own modules as well, on this version or under Wine;
 * `internals`: it asks for what lies below the documented modules;
 * `design`: what it asks for is different on purpose, as docs/node-programs.md says;
 * `wine`: Wine answers otherwise than Windows does;
 * `missing`: it should work, and does not yet.
 */
export type Kind = 'built-in' | 'internals' | 'design' | 'wine' | 'missing';

/** A known failure. */
export interface Expected {
  readonly file: string;
  readonly kind: Kind;
  readonly reason: string;
}

/** The tests are of 24.12; later versions differ, and so does Wine from Windows. */
const HERE_TOO = "Node's own modules fail it here too, by their version or under Wine";

/** By kind and reason. */
const FILES: Readonly<Partial<Record<Kind, Readonly<Record<string, readonly string[]>>>>> = {
  'built-in': {
    [HERE_TOO]: [
      'test-dgram-custom-lookup.js',
      'test-dgram-implicit-bind-failure.js',
      'test-http-abort-stream-end.js',
      'test-http-agent-reuse-drained-socket-only.js',
      'test-http-byteswritten.js',
      'test-http-chunk-problem.js',
      'test-http-max-headers-count.js',
      'test-http-multiple-headers.js',
      'test-http-outgoing-end-multiple.js',
      'test-http-outgoing-message-capture-rejection.js',
      'test-http-server-response-standalone.js',
      'test-http2-client-destroy.js',
      'test-http2-getpackedsettings.js',
      'test-http2-many-writes-and-destroy.js',
      'test-http2-misbehaving-flow-control-paused.js',
      'test-http2-misbehaving-flow-control.js',
      'test-http2-options-max-headers-exceeds-nghttp2.js',
      'test-http2-server-shutdown-redundant.js',
      'test-http2-socket-proxy.js',
      'test-http2-util-assert-valid-pseudoheader.js',
      'test-http2-util-headers-list.js',
      'test-https-max-headers-count.js',
      'test-net-autoselectfamily-commandline-option.js',
      'test-net-autoselectfamily-default.js',
      'test-net-autoselectfamily.js',
      'test-net-connect-econnrefused.js',
      'test-net-pipe-connect-errors.js',
      'test-net-server-listen-path.js',
      'test-net-socket-write-after-close.js',
      'test-tls-alert-handling.js',
      'test-tls-alpn-server-client.js',
      'test-tls-basic-validations.js',
      'test-tls-junk-server.js',
    ],
  },
  internals: {
    'it looks into the state of the built-in datagram socket': [
      'test-dgram-close-during-bind.js',
      'test-dgram-close.js',
      'test-dgram-deprecation-error.js',
      'test-dgram-recv-error.js',
      'test-dgram-send-error.js',
    ],
    'it gives a socket a handle of its own, or asks for its handle': [
      'test-net-connect-keepalive.js',
      'test-net-connect-nodelay.js',
      'test-net-listen-handle-in-cluster-1.js',
      'test-net-persistent-nodelay.js',
      'test-net-server-keepalive.js',
      'test-net-server-nodelay.js',
      'test-http-client-immediate-error.js',
      'test-http-client-spurious-aborted.js',
      'test-http-parser-timeout-reset.js',
      'test-http-regr-gh-2928.js',
      'test-tls-reinitialize-listeners.js',
    ],
    'it asks for the timers inside the built-in socket': [
      'test-http-client-timeout-on-connect.js',
      'test-tls-wrap-timeout.js',
    ],
    'it calls the methods that write for the built-in socket': [
      'test-http-keep-alive-large-write.js',
    ],
    'it asks for _server of a connection of http2': ['test-http2-compat-socket.js'],
    'it loads a library of its own by the internals of the built-in modules': [
      'test-tls-clientcertengine-unsupported.js',
      'test-tls-keyengine-unsupported.js',
    ],
  },
  design: {
    'a connection that is paused has a receive pending, which notices that its peer goes away, and keeps the process alive':
      ['test-net-connect-paused-connection.js'],
    'perf_hooks tells of the connections of the built-in module only': ['test-net-perf_hooks.js'],
    'a request that waits for its connection goes out in one piece, which Node.js sends in two': [
      'test-http-pause-no-dump.js',
    ],
    'the end of a wrapped stream takes fewer turns of the event loop': ['test-tls-socket-close.js'],
    'more requests are on their way before the limit is looked at, where the computer is busy': [
      'test-http2-max-invalid-frames.js',
    ],
    'what two connections have received is handed on in one turn, before what the first has put off by process.nextTick':
      ['test-http-writable-true-after-close.js', 'test-http2-client-jsstream-destroy.js'],
    'a connection takes another turn of the event loop to be there': [
      'test-http2-goaway-delayed-request.js',
    ],
  },
  wine: {
    'a reset that comes while no receive is pending reads as an end': [
      'test-http-should-keep-alive.js',
      'test-tls-hello-parser-failure.js',
    ],
    'a send that waits never ends where the peer resets after its end, and plain overlapped sends do not either':
      ['test-net-error-twice.js'],
  },
};

export const EXPECTED: readonly Expected[] = Object.entries(FILES).flatMap(([kind, reasons]) =>
  Object.entries(reasons).flatMap(([reason, files]) =>
    files.map((file) => ({ file, kind: kind as Kind, reason })),
  ),
);
