/**
 * Quality of service: qWAVE (qwave.dll), traffic control (traffic.dll), and the records and constants
 * of the QoS headers. The records FLOWSPEC and QOS are here and in the calls of Winsock that take them.
 *
 * @module winsock/qos
 */
export * from '../defs/qos.g.ts';
export * from '../defs/qos2.g.ts';
export * from '../defs/qosname.g.ts';
export * from '../defs/qosobjs.g.ts';
export * from '../defs/qospol.g.ts';
export * from '../defs/qossp.g.ts';
export * from '../defs/tcerror.g.ts';
export * from '../defs/tcguid.g.ts';
export * from '../defs/traffic.g.ts';
export * from './api/qos/enumerations.ts';
export * from './api/qos/qos-overhead.ts';
