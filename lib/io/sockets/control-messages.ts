/** Control data of WSASendMsg and WSARecvMsg: a sequence of WSACMSGHDR, each with its data. */
import { WSACMSGHDR } from '../../../defs/ws2def.g.ts';
import { WSA_CMSG_DATA, WSA_CMSG_LEN, WSA_CMSG_SPACE } from '../../api/messages/cmsg.ts';
import { messagesIn } from '../../api/messages/control-buffer.ts';
import { memory } from '../options/kinds.ts';

/** One entry of the control data of a message: a WSACMSGHDR and what follows it. */
export interface ControlMessage {
  /** cmsg_level: IPPROTO_IP … */
  readonly level: number;
  /** cmsg_type: IP_PKTINFO … */
  readonly type: number;
  /** What follows the header. */
  readonly data: Uint8Array;
}

/**
 * The messages in control data. One that the control data ends within is left out.
 *
 * @param control what `receiveMessage` gives as `control`
 * @throws TypeError for what is no memory
 */
export function controlMessages(control: Uint8Array): ControlMessage[] {
  return Array.from(messagesIn(control), (header) => ({
    level: header.cmsg_level,
    type: header.cmsg_type,
    data: WSA_CMSG_DATA(header),
  }));
}

/**
 * Control data of some messages.
 *
 * @throws TypeError for data that is no memory
 */
export function encodeControlMessages(messages: readonly ControlMessage[]): Uint8Array {
  for (const { data } of messages) memory(data, 'the data of a control message');
  const room = messages.reduce((sum, { data }) => sum + WSA_CMSG_SPACE(data.length), 0);
  const control = new Uint8Array(new ArrayBuffer(room));
  let at = 0;
  for (const { level, type, data } of messages) {
    const header = new WSACMSGHDR(control.buffer, at);
    header.cmsg_len = WSA_CMSG_LEN(data.length);
    header.cmsg_level = level;
    header.cmsg_type = type;
    control.set(data, at + WSA_CMSG_LEN(0));
    at += WSA_CMSG_SPACE(data.length);
  }
  return control;
}
