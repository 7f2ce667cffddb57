/** Addresses of Hyper-V sockets: a virtual machine, and a service. */
import {
  HV_GUID_BROADCAST,
  HV_GUID_CHILDREN,
  HV_GUID_LOOPBACK,
  HV_GUID_PARENT,
  HV_GUID_SILOHOST,
  HV_GUID_VSOCK_TEMPLATE,
  HV_GUID_WILDCARD,
  SOCKADDR_HV,
} from '../../../defs/hvsocket.g.ts';
import { AF_HYPERV } from '../../../defs/ws2def.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { type GUID, guidToString } from '../../ffi/types/guid.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { readUuid, type Uuid, writeUuid } from './uuid.ts';

/** An address of AF_HYPERV. */
export interface HyperVAddress {
  /** Always this. */
  readonly family: 'HyperV';
  /** The id of the virtual machine, a GUID in lower case and without braces. */
  readonly vm: Uuid;
  /** The id of the service, a GUID in lower case and without braces. */
  readonly service: Uuid;
}

/** The virtual machines that have a name: HV_GUID_WILDCARD, HV_GUID_CHILDREN and so on. */
export type HyperVName = 'any' | 'broadcast' | 'children' | 'loopback' | 'parent' | 'silohost';

/** What names a place of Hyper-V. */
export interface HyperVPlace {
  /** Always this. */
  family: 'HyperV';
  /** The virtual machine, by its id or one of the names. Default 'any', which is for servers. */
  vm?: Uuid | HyperVName;
  /** The service, by its id, or by the port that Linux knows it by as a socket of AF_VSOCK. */
  service: Uuid | number;
}

const NAMES: Readonly<Record<HyperVName, GUID>> = {
  any: HV_GUID_WILDCARD,
  broadcast: HV_GUID_BROADCAST,
  children: HV_GUID_CHILDREN,
  loopback: HV_GUID_LOOPBACK,
  parent: HV_GUID_PARENT,
  silohost: HV_GUID_SILOHOST,
};

const vmAt = () => offsetof(SOCKADDR_HV, 'VmId');
const serviceAt = () => offsetof(SOCKADDR_HV, 'ServiceId');
const NO_ID = '00000000-0000-0000-0000-000000000000';
const MOST_PORTS = 0x7fffffff;

/**
 * The sockaddr of a place.
 *
 * @throws TypeError for a virtual machine or a service that is none; RangeError for what is no port
 */
export function encodeHyperV(place: Omit<HyperVPlace, 'family'>): Uint8Array {
  const { vm = 'any', service } = place;
  const bytes = new Uint8Array(new ArrayBuffer(sizeof(SOCKADDR_HV)));
  new DataView(bytes.buffer).setUint16(0, AF_HYPERV, true);
  writeUuid(bytes, vmAt(), idOfVm(vm));
  writeUuid(bytes, serviceAt(), typeof service === 'number' ? idOfPort(service) : service);
  return bytes;
}

function idOfVm(vm: Uuid | HyperVName): Uuid {
  // A name that is there is one of its own.
  if (Object.hasOwn(NAMES, vm)) return guidToString(NAMES[vm as HyperVName]);
  // What has a hyphen may be meant as an id, and is refused as such.
  if (typeof vm === 'string' && vm.includes('-')) return vm;
  const names = Object.keys(NAMES).map((name) => `'${name}'`);
  throw new TypeError(`a virtual machine is a GUID or ${names.join(', ')}, got ${describe(vm)}`);
}

function idOfPort(port: number): Uuid {
  if (!Number.isInteger(port) || port < 0 || port > MOST_PORTS) {
    throw new RangeError(`a port of AF_VSOCK is 0 to ${MOST_PORTS}, got ${port}`);
  }
  const template = guidToString(HV_GUID_VSOCK_TEMPLATE);
  return port.toString(16).padStart(8, '0') + template.slice(template.indexOf('-'), -1);
}

/** @param bytes a SOCKADDR_HV; undefined where it is shorter */
export function decodeHyperV(bytes: Uint8Array): HyperVAddress | undefined {
  if (bytes.length < sizeof(SOCKADDR_HV)) return undefined;
  return {
    family: 'HyperV',
    vm: readUuid(bytes, vmAt()) ?? NO_ID,
    service: readUuid(bytes, serviceAt()) ?? NO_ID,
  };
}

/** Both ids, with a colon between them. */
export function textOfHyperV({ vm, service }: HyperVAddress): string {
  return `${vm}:${service}`;
}
