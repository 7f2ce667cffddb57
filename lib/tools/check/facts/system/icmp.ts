import * as w from '../../../../index.ts';
import * as ip from '../../../../iphlpapi.ts';
import { documented, inferred, skip, type Topic, wineTest } from '../../fact.ts';
import { nameOfCode, room, type Session } from '../../session.ts';

const LOOPBACK = () => w.htonl(w.INADDR_LOOPBACK);

function icmpFile(on: Session): w.HANDLE {
  const file = ip.IcmpCreateFile();
  if (Number(file) === -1) skip(`ICMP cannot be used: ${nameOfCode(w.WSAGetLastError())}`);
  on.after(() => ip.IcmpCloseHandle(file));
  return file;
}

/** An echo of this computer: the status, or why there is none. */
function echo(
  on: Session,
  bytes: number,
  reply = ip.echoReplyBytes(bytes, 1),
  ttl?: number,
): string {
  const file = icmpFile(on);
  const memory = room(reply);
  const options = ttl === undefined ? null : new ip.ip_option_information({ Ttl: ttl });
  const data = Buffer.alloc(bytes, 'p');
  const count = ip.IcmpSendEcho(file, LOOPBACK(), data, bytes, options, memory, reply, 2000);
  if (count === 0) {
    const code = w.WSAGetLastError();
    return code === ip.IP_BUF_TOO_SMALL
      ? 'IP_BUF_TOO_SMALL'
      : code === ip.IP_GENERAL_FAILURE
        ? 'IP_GENERAL_FAILURE'
        : nameOfCode(code);
  }
  const [first] = ip.echoReplies(memory, count);
  return first?.reply.Status === ip.IP_SUCCESS ? 'IP_SUCCESS' : String(first?.reply.Status);
}

export const icmp: Topic = {
  name: 'icmp',
  title: 'ICMP echo',
  facts: [
    {
      id: 'echo',
      api: 'IcmpSendEcho',
      says: 'This computer answers an echo request, and that needs no privilege.',
      source: documented('api/icmpapi/nf-icmpapi-icmpsendecho'),
      windows: 'IP_SUCCESS',
      reliedOn: ['icmp.ts echoReplies'],
      ask: (on) => echo(on, 32),
    },
    {
      id: 'large-echo',
      api: 'IcmpSendEcho',
      says: 'So it does where the request is larger than a packet.',
      source: documented('api/icmpapi/nf-icmpapi-icmpsendecho'),
      windows: 'IP_SUCCESS',
      reliedOn: ['icmp.ts echoReplyBytes'],
      ask: (on) => echo(on, 20_000),
    },
    {
      id: 'small-reply',
      api: 'IcmpSendEcho',
      says: 'A reply that does not fit fails with IP_GENERAL_FAILURE.',
      source: wineTest('iphlpapi/tests/iphlpapi.c:1107'),
      windows: 'IP_GENERAL_FAILURE',
      reliedOn: ['icmp.ts echoReplyBytes'],
      ask: (on) => echo(on, 512, 64),
    },
    {
      id: 'no-memory',
      api: 'IcmpSendEcho',
      says: 'A reply with no room at all fails with ERROR_INVALID_PARAMETER.',
      source: inferred('a request that asks for a reply has to have room for it'),
      windows: 'ERROR_INVALID_PARAMETER',
      reliedOn: ['icmpapi.g.ts IcmpSendEcho'],
      ask(on) {
        const file = icmpFile(on);
        const data = Buffer.alloc(8);
        const count = ip.IcmpSendEcho(file, LOOPBACK(), data, 8, null, room(1), 0, 100);
        const code = w.WSAGetLastError();
        return count === 0
          ? code === 87
            ? 'ERROR_INVALID_PARAMETER'
            : nameOfCode(code)
          : 'succeeds';
      },
    },
    {
      id: 'ipv6-file',
      api: 'Icmp6CreateFile',
      says: 'ICMP of IPv6 can be used without privileges.',
      source: wineTest('iphlpapi/tests/iphlpapi.c:1510'),
      windows: 'a handle',
      wine: 'ERROR_CALL_NOT_IMPLEMENTED',
      reliedOn: ['icmp.ts echoReply6'],
      ask(on) {
        const file = ip.Icmp6CreateFile();
        if (Number(file) === -1) return nameOfCode(w.WSAGetLastError());
        on.after(() => ip.IcmpCloseHandle(file));
        return 'a handle';
      },
    },
  ],
};
