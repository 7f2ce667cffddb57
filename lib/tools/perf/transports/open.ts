/** Opens a transport; only the one that is asked for is loaded. */
import type { Transport, TransportModel } from '../transport.ts';

/** The completion port where there is Windows, and Node's own elsewhere. */
const DEFAULT_MODEL: TransportModel = process.platform === 'win32' ? 'port' : 'net';

export async function openTransport(model: TransportModel = DEFAULT_MODEL): Promise<Transport> {
  return model === 'port'
    ? (await import('./port.ts')).portTransport()
    : (await import('./net.ts')).netTransport();
}
