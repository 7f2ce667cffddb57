/** The header modules as data, for what turns numbers into names. */
import * as af_irda from '../../../defs/af_irda.g.ts';
import * as afunix from '../../../defs/afunix.g.ts';
import * as atalkwsh from '../../../defs/atalkwsh.g.ts';
import * as hvsocket from '../../../defs/hvsocket.g.ts';
import * as mstcpip from '../../../defs/mstcpip.g.ts';
import * as mswsock from '../../../defs/mswsock.g.ts';
import * as mswsockdef from '../../../defs/mswsockdef.g.ts';
import * as nldef from '../../../defs/nldef.g.ts';
import * as nspapi from '../../../defs/nspapi.g.ts';
import * as qos from '../../../defs/qos.g.ts';
import * as qossp from '../../../defs/qossp.g.ts';
import * as winerror from '../../../defs/winerror.g.ts';
import * as winsock2 from '../../../defs/winsock2.g.ts';
import * as ws2atm from '../../../defs/ws2atm.g.ts';
import * as ws2bth from '../../../defs/ws2bth.g.ts';
import * as ws2def from '../../../defs/ws2def.g.ts';
import * as ws2ipdef from '../../../defs/ws2ipdef.g.ts';
import * as ws2tcpip from '../../../defs/ws2tcpip.g.ts';
import * as wshisotp from '../../../defs/wshisotp.g.ts';
import * as wsipx from '../../../defs/wsipx.g.ts';
import * as wsnetbs from '../../../defs/wsnetbs.g.ts';
import * as wsnwlink from '../../../defs/wsnwlink.g.ts';
import * as wsrm from '../../../defs/wsrm.g.ts';
import * as wsvns from '../../../defs/wsvns.g.ts';

/** The headers in order: of several names for one number, that of the earliest header comes first. */
export const HEADERS: readonly Readonly<Record<string, unknown>>[] = [
  winerror,
  ws2def,
  winsock2,
  ws2ipdef,
  ws2tcpip,
  mswsock,
  mswsockdef,
  mstcpip,
  nspapi,
  nldef,
  afunix,
  hvsocket,
  ws2bth,
  af_irda,
  ws2atm,
  atalkwsh,
  wsipx,
  wsnwlink,
  wsnetbs,
  wsvns,
  wsrm,
  wshisotp,
  qos,
  qossp,
];

/** The value of a constant, which some header has, by its name. */
export function constantNamed(name: string): number {
  for (const header of HEADERS) {
    const value = header[name];
    if (typeof value === 'number') return value;
  }
  throw new TypeError(`no header has a constant ${name}`);
}
