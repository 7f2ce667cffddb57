import t from 'tap';
import * as w from 'winsock';
import { OTHER_STATUS_CODE, STATUS_CODES } from '../../../lib/ffi/statuses.g.ts';

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
const s = w.socket(w.AF_INET, w.SOCK_STREAM, 0);
t.teardown(() => {
  w.closesocket(s);
  w.WSACleanup();
});

const getOverlappedResult = w.unchecked(w.WSAGetOverlappedResult);
const overlapped = new w.WSAOVERLAPPED();
const transferred = new Uint32Array(new ArrayBuffer(4));
const flags = new Uint32Array(new ArrayBuffer(4));

/** What WSAGetOverlappedResult makes of a status; undefined for one that means success. */
function reported(status: number): number | undefined {
  overlapped.Internal = status;
  if (getOverlappedResult(s, overlapped, transferred, 0, flags) !== 0) return undefined;
  return w.WSAGetLastError();
}

t.test('a failed status has the code that Winsock itself reports for it', async (t) => {
  const known = new Map(STATUS_CODES);
  for (const first of [0x80000000, 0x80070000, 0xc0000000, 0xc0070000, 0xd0000000]) {
    const differing: string[] = [];
    for (let status = first; status < first + 0x1000; status++) {
      const expected = known.get(status) ?? OTHER_STATUS_CODE;
      const code = reported(status);
      if (code !== expected) differing.push(`0x${status.toString(16)}: ${code}, not ${expected}`);
    }
    t.same(differing, [], `0x${first.toString(16)} and following`);
  }
  t.equal(reported(0), undefined, 'success is none');
});
