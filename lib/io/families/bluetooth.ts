/** Addresses of Bluetooth: a radio, and a channel of RFCOMM or a service that has one. */
import { BT_PORT_ANY, SOCKADDR_BTH } from '../../../defs/ws2bth.g.ts';
import { AF_BTH } from '../../../defs/ws2def.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { normalUuid, readUuid, type Uuid, writeUuid } from './uuid.ts';

/** An address of Bluetooth, for RFCOMM. */
export interface BluetoothAddress {
  /** Always this. */
  readonly family: 'Bluetooth';
  /** The radio: '00:1A:7D:DA:71:13'. All zeros stand for whichever radio there is. */
  readonly address: string;
  /** The channel of RFCOMM, 1 to 30; 0 where there is none. */
  readonly channel: number;
  /** The UUID of the service, in lower case and without braces. */
  readonly service?: Uuid;
}

/** What names a place of Bluetooth: a radio, and a channel or the UUID of a service. */
export interface BluetoothPlace {
  /** Always this. */
  family: 'Bluetooth';
  /** The radio: '00:1A:7D:DA:71:13'. Where left out, whichever radio there is. */
  address?: string;
  /** The channel of RFCOMM, 1 to 30. */
  channel?: number;
  /** The service: its UUID, or the number of 16 or 32 bits that Bluetooth has given it. */
  service?: Uuid | number;
}

const radioAt = () => offsetof(SOCKADDR_BTH, 'btAddr');
const serviceAt = () => offsetof(SOCKADDR_BTH, 'serviceClassId');
const channelAt = () => offsetof(SOCKADDR_BTH, 'port');
const MOST_CHANNELS = 30;
const RADIO = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
/** What a number that Bluetooth has assigned is a part of. */
const BASE_UUID = '-0000-1000-8000-00805f9b34fb';

/**
 * The UUID of a service.
 *
 * @throws TypeError for what is neither a UUID nor a number; RangeError for one of more than 32 bits
 */
export function serviceUuid(service: Uuid | number): Uuid {
  if (typeof service !== 'number') return normalUuid(String(service));
  if (!Number.isInteger(service) || service <= 0 || service > 0xffffffff) {
    throw new RangeError(`a service of Bluetooth is a number of 32 bits, got ${service}`);
  }
  return service.toString(16).padStart(8, '0') + BASE_UUID;
}

/**
 * The sockaddr of a place; without a channel that is 0.
 *
 * @throws TypeError for a radio or a service that is none; RangeError for what is no channel
 */
export function encodeBluetooth(place: Omit<BluetoothPlace, 'family'>): Uint8Array<ArrayBuffer> {
  const { address = '00:00:00:00:00:00', channel = 0, service } = place;
  if (typeof address !== 'string' || !RADIO.test(address)) {
    throw new TypeError(
      `an address of Bluetooth is like '00:1A:7D:DA:71:13', got ${describe(address)}`,
    );
  }
  const isChannel = Number.isInteger(channel) && channel >= 0 && channel <= MOST_CHANNELS;
  if (!isChannel && channel !== BT_PORT_ANY) {
    throw new RangeError(`a channel of RFCOMM is 1 to ${MOST_CHANNELS}, got ${describe(channel)}`);
  }
  const bytes = new Uint8Array(new ArrayBuffer(sizeof(SOCKADDR_BTH)));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_BTH, true);
  // A number of 48 bits, lowest byte first.
  bytes.set(Buffer.from(address.replaceAll(':', ''), 'hex').reverse(), radioAt());
  if (service !== undefined) writeUuid(bytes, serviceAt(), serviceUuid(service));
  view.setUint32(channelAt(), channel, true);
  return bytes;
}

/** @param bytes a SOCKADDR_BTH; undefined where it is shorter */
export function decodeBluetooth(bytes: Uint8Array): BluetoothAddress | undefined {
  if (bytes.length < sizeof(SOCKADDR_BTH)) return undefined;
  const radio = Buffer.from(bytes.subarray(radioAt(), radioAt() + 6)).reverse();
  const service = readUuid(bytes, serviceAt());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    family: 'Bluetooth',
    address: radio.toString('hex').toUpperCase().match(/../g)!.join(':'),
    channel: view.getUint32(channelAt(), true),
    ...(service && { service }),
  };
}

/** As WSAAddressToString writes it, '(00:1A:7D:DA:71:13):5'; a service stands where there is no channel. */
export function textOfBluetooth({ address, channel, service }: BluetoothAddress): string {
  const where = channel === 0 ? service : channel;
  return where === undefined ? `(${address})` : `(${address}):${where}`;
}
