import { createRequire } from 'node:module';
import { setTraceDecoder, type TraceDecoder } from '../../ffi/index.ts';

/**
 * Lets a trace show the names of the headers. They are large, so they are loaded only where calls
 * are traced, and by the package's own name, as any program would.
 */
export function useNamesInTrace(): void {
  const require = createRequire(import.meta.url);
  try {
    const { traceText } = require('winsock/names') as { traceText: TraceDecoder };
    setTraceDecoder(traceText);
  } catch {
    // Bundled into a program without the package beside it: the trace shows numbers.
  }
}
