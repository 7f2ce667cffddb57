/** Control data of WSASendMsg and WSARecvMsg: a sequence of WSACMSGHDR, each with its data. */
import { hostArch, pointerSize } from '../../ffi/types/arch.ts';

// WSACMSGHDR: cmsg_len (SIZE_T), cmsg_level, cmsg_type. Header and data are aligned to a pointer.
const POINTER = pointerSize(hostArch);
const HEADER_BYTES = POINTER + 8;

/** One entry of the control data of a message: a WSACMSGHDR and what follows it. */
export interface ControlMessage {
  /** cmsg_level: IPPROTO_IP … */
  readonly level: number;
  /** cmsg_type: IP_PKTINFO … */
  readonly type: number;
  /** What follows the header. */
  readonly data: Uint8Array;
}

function align(length: number): number {
  return (length + POINTER - 1) & -POINTER;
}

/** The messages in control data. */
export function controlMessages(control: Uint8Array): ControlMessage[] {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  const messages: ControlMessage[] = [];
  for (let at = 0; at + HEADER_BYTES <= control.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER_BYTES || at + length > control.length) break;
    messages.push({
      level: view.getInt32(at + POINTER, true),
      type: view.getInt32(at + POINTER + 4, true),
      data: control.subarray(at + align(HEADER_BYTES), at + length),
    });
    at += align(length);
  }
  return messages;
}

/** Control data of some messages. */
export function encodeControlMessages(messages: readonly ControlMessage[]): Uint8Array {
  const room = messages.reduce(
    (sum, { data }) => sum + align(align(HEADER_BYTES) + data.length),
    0,
  );
  const control = new Uint8Array(new ArrayBuffer(room));
  const view = new DataView(control.buffer);
  let at = 0;
  for (const { level, type, data } of messages) {
    view.setUint32(at, align(HEADER_BYTES) + data.length, true);
    view.setInt32(at + POINTER, level, true);
    view.setInt32(at + POINTER + 4, type, true);
    control.set(data, at + align(HEADER_BYTES));
    at += align(align(HEADER_BYTES) + data.length);
  }
  return control;
}
