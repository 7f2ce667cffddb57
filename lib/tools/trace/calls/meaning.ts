/** What the functions do that carry data or make, name and end sockets: which of their parameters is what. */
import { TP_ELEMENT_FILE, TRANSMIT_PACKETS_ELEMENT } from '../../../../defs/mswsock.g.ts';
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import { offsetof, sizeof } from '../../../ffi/types/record.ts';
import { intptr } from '../../../ffi/types/scalars.ts';
import { TRANSMIT_FILE_BUFFERS_LAYOUT as AROUND } from '../../../io/calls/layouts.g.ts';
import {
  type Arguments,
  type Message,
  memoryOf,
  messageOf,
  type Part,
  partsOf,
  readPointer,
  uint32At,
  viewOf,
} from './arguments.ts';

/** How a function carries data. */
export interface Transfer {
  readonly direction: 'in' | 'out';
  /** The parameter that stands for the data, which a decoder may hide. */
  readonly payload: string;
  parts(args: Arguments): readonly Part[];
  /** The parameter that points to how many bytes were carried; undefined where the result says it. */
  readonly count?: string;
  /** MSG_… flags. */
  flags(args: Arguments): number;
  /** The sockaddr of the other side, where the call names it. */
  address?(args: Arguments): Part | undefined;
}

export interface Meaning {
  /** The parameter that is the socket. */
  readonly socket: string;
  readonly transfer?: Transfer;
  /** The parameter that points to an OVERLAPPED. */
  readonly overlapped?: string;
}

const buffer =
  (memory: string, length: string) =>
  (args: Arguments): readonly Part[] => [{ memory: args.of(memory), length: args.number(length) }];
const buffers = (args: Arguments) => partsOf(args.of('lpBuffers'), args.number('dwBufferCount'));
const flagsOf = (name: string) => (args: Arguments) => args.number(name);
const flagsAt = (name: string) => (args: Arguments) => uint32At(args.of(name)) ?? 0;
const addressOf = (memory: string, length: string) => (args: Arguments) => ({
  memory: args.of(memory),
  length: args.number(length),
});
const addressAt = (memory: string, length: string) => (args: Arguments) => ({
  memory: args.of(memory),
  length: uint32At(args.of(length)) ?? 0,
});
const message = (args: Arguments): Message | undefined => messageOf(args.of('lpMsg'));
const noFlags = () => 0;

const OVERLAPPED = 'lpOverlapped';

/** Of a file only its length is known. */
function transmitted(args: Arguments): readonly Part[] {
  const around = memoryOf(args.of('lpTransmitBuffers'), AROUND.size);
  const part = (pointer: number, length: number): Part[] =>
    around
      ? [{ memory: readPointer(around, pointer), length: viewOf(around).getUint32(length, true) }]
      : [];
  return [
    ...part(AROUND.Head, AROUND.HeadLength),
    { memory: null, length: args.number('nNumberOfBytesToWrite') },
    ...part(AROUND.Tail, AROUND.TailLength),
  ];
}

function packets(args: Arguments): readonly Part[] {
  const size = sizeof(TRANSMIT_PACKETS_ELEMENT);
  const count = Math.min(args.number('nElementCount'), 4096);
  const array = count > 0 ? memoryOf(args.of('lpPacketArray'), count * size) : undefined;
  if (!array) return [];
  const offset = (field: 'dwElFlags' | 'cLength' | 'pBuffer') =>
    offsetof(TRANSMIT_PACKETS_ELEMENT, field);
  return Array.from({ length: count }, (_, index) => {
    const at = index * size;
    const isFile =
      (viewOf(array).getUint32(at + offset('dwElFlags'), true) & TP_ELEMENT_FILE) !== 0;
    return {
      memory: isFile ? null : readPointer(array, at + offset('pBuffer')),
      length: viewOf(array).getUint32(at + offset('cLength'), true),
    };
  });
}

const s = 's';

export const MEANINGS: Readonly<Record<string, Meaning>> = {
  send: {
    socket: s,
    transfer: {
      direction: 'out',
      payload: 'buf',
      parts: buffer('buf', 'len'),
      flags: flagsOf('flags'),
    },
  },
  sendto: {
    socket: s,
    transfer: {
      direction: 'out',
      payload: 'buf',
      parts: buffer('buf', 'len'),
      flags: flagsOf('flags'),
      address: addressOf('to', 'tolen'),
    },
  },
  recv: {
    socket: s,
    transfer: {
      direction: 'in',
      payload: 'buf',
      parts: buffer('buf', 'len'),
      flags: flagsOf('flags'),
    },
  },
  recvfrom: {
    socket: s,
    transfer: {
      direction: 'in',
      payload: 'buf',
      parts: buffer('buf', 'len'),
      flags: flagsOf('flags'),
      address: addressAt('from', 'fromlen'),
    },
  },
  WSARecvEx: {
    socket: s,
    transfer: {
      direction: 'in',
      payload: 'buf',
      parts: buffer('buf', 'len'),
      flags: flagsAt('flags'),
    },
  },
  WSASend: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'out',
      payload: 'lpBuffers',
      parts: buffers,
      count: 'lpNumberOfBytesSent',
      flags: flagsOf('dwFlags'),
    },
  },
  WSASendTo: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'out',
      payload: 'lpBuffers',
      parts: buffers,
      count: 'lpNumberOfBytesSent',
      flags: flagsOf('dwFlags'),
      address: addressOf('lpTo', 'iTolen'),
    },
  },
  WSARecv: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'in',
      payload: 'lpBuffers',
      parts: buffers,
      count: 'lpNumberOfBytesRecvd',
      flags: flagsAt('lpFlags'),
    },
  },
  WSARecvFrom: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'in',
      payload: 'lpBuffers',
      parts: buffers,
      count: 'lpNumberOfBytesRecvd',
      flags: flagsAt('lpFlags'),
      address: addressAt('lpFrom', 'lpFromlen'),
    },
  },
  WSASendMsg: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'out',
      payload: 'lpMsg',
      parts: (args) => message(args)?.parts ?? [],
      count: 'lpNumberOfBytesSent',
      flags: flagsOf('dwFlags'),
      address: (args) => message(args)?.name,
    },
  },
  WSARecvMsg: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'in',
      payload: 'lpMsg',
      parts: (args) => message(args)?.parts ?? [],
      count: 'lpdwNumberOfBytesRecvd',
      flags: (args) => message(args)?.flags ?? 0,
      address: (args) => message(args)?.name,
    },
  },
  ConnectEx: {
    socket: s,
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'out',
      payload: 'lpSendBuffer',
      parts: buffer('lpSendBuffer', 'dwSendDataLength'),
      count: 'lpdwBytesSent',
      flags: noFlags,
    },
  },
  AcceptEx: {
    socket: 'sListenSocket',
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'in',
      payload: 'lpOutputBuffer',
      parts: buffer('lpOutputBuffer', 'dwReceiveDataLength'),
      count: 'lpdwBytesReceived',
      flags: noFlags,
    },
  },
  TransmitFile: {
    socket: 'hSocket',
    overlapped: OVERLAPPED,
    transfer: {
      direction: 'out',
      payload: 'lpTransmitBuffers',
      parts: transmitted,
      flags: noFlags,
    },
  },
  TransmitPackets: {
    socket: 'hSocket',
    overlapped: OVERLAPPED,
    transfer: { direction: 'out', payload: 'lpPacketArray', parts: packets, flags: noFlags },
  },
  DisconnectEx: { socket: s, overlapped: OVERLAPPED },
  ReadFile: { socket: 'hFile', overlapped: OVERLAPPED },
  WriteFile: { socket: 'hFile', overlapped: OVERLAPPED },
  ConnectNamedPipe: { socket: 'hNamedPipe', overlapped: OVERLAPPED },
  WSAIoctl: { socket: s, overlapped: OVERLAPPED },
};

/** Parameters that are sockets, by their names: the type is that of all handles. */
const SOCKET = /^(s|hSocket|sListenSocket|sAcceptSocket|Socket)$/;

/** Whether a parameter of any function is a socket. */
export function isSocketParameter({ name, type }: Parameter): boolean {
  return type === intptr && SOCKET.test(name);
}
