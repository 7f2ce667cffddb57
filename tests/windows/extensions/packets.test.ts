// TransmitPackets, which Wine's provider lacks, of a provider of the tests.

import t from 'tap';
import * as w from 'winsock';
import { ioctlOf, needsDlls, testDll } from '../support/native.ts';

const dll = testDll('extensions');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const ioctl = ioctlOf('extensions', 'ExtensionIoctl');

const SOCKET = 321 as w.SOCKET;
const FILE = 0x5105 as w.HANDLE;

t.test('TransmitPackets is given memory and pieces of files', needsDlls, async (t) => {
  const pointer = w.ref(w.pvoid);
  const ask = (id: w.GUID) => {
    const code = w.SIO_GET_EXTENSION_FUNCTION_POINTER;
    const size = w.sizeof(pointer);
    return ioctl(SOCKET, code, id, w.sizeof(id), pointer, size, w.ref(w.DWORD), null, null);
  };
  t.equal(ask(w.WSAID_ACCEPTEX), w.SOCKET_ERROR, 'the provider has no such function');
  t.equal(ask(w.WSAID_TRANSMITPACKETS), 0);
  const { failure } = w.TransmitPackets.definition;
  const send = w.LPFN_TRANSMITPACKETS.at(
    pointer.value as w.Pointer<w.LPFN_TRANSMITPACKETS>,
    'TransmitPackets',
    failure,
  ) as unknown as typeof w.TransmitPackets;
  const memory = Buffer.from('from memory');
  const packets = w.arrayOf(w.TRANSMIT_PACKETS_ELEMENT, [
    { dwElFlags: w.TP_ELEMENT_MEMORY, cLength: memory.length, pBuffer: memory },
    {
      dwElFlags: w.TP_ELEMENT_FILE | w.TP_ELEMENT_EOP,
      cLength: 20,
      nFileOffset: { QuadPart: 0x1_0000_0002n },
      hFile: FILE,
    },
  ]);
  takeRecord();
  t.not(send.orThrow(SOCKET, packets, 2, 1460, null, w.TP_DISCONNECT), 0);
  const operation = new w.OVERLAPPED({ Offset: 9 });
  t.equal(send.orThrow(SOCKET, packets, 1, 0, operation, 0), 0, 'pending is no failure');
  t.throws(() => send.orThrow(SOCKET, packets, 0, 0, operation, 0), {
    code: 'WSAEINVAL',
    syscall: 'TransmitPackets',
  });
  t.throws(() => send(SOCKET, packets, 3, 0, null, 0), RangeError);
  const mode = (flags: number) => flags.toString(16);
  t.same(takeRecord().split('\n'), [
    `TransmitPackets 321 2 1460 -1 ${mode(w.TP_DISCONNECT)}`,
    `memory flags=${mode(w.TP_ELEMENT_MEMORY)} length=11 from memory`,
    `file flags=${mode(w.TP_ELEMENT_FILE | w.TP_ELEMENT_EOP)} length=20 offset=4294967298 handle=0000000000005105`,
    'TransmitPackets 321 1 0 9 0',
    `memory flags=${mode(w.TP_ELEMENT_MEMORY)} length=11 from memory`,
    'TransmitPackets 321 0 0 9 0',
  ]);
});
