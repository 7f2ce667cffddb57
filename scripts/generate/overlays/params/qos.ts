// qos2.h and traffic.h.

import type { ParamGroup } from './group.ts';

export const QOS: ParamGroup[] = [
  {
    reason: 'nothing says how long the address is; the shortest, of IPv4, has 16 bytes',
    functions: {
      QOSAddSocketToFlow: { DestAddr: 'in minBytes 16', FlowId: 'inout' },
      QOSStartTrackingClient: { DestAddr: 'in minBytes 16' },
      QOSStopTrackingClient: { DestAddr: 'in minBytes 16' },
    },
  },
  {
    reason: 'the version that is asked for is read',
    functions: {
      QOSCreateHandle: { Version: 'in' },
    },
  },
  {
    reason:
      'a buffer and its length, which the call updates; of overlapped calls until they are over',
    functions: {
      QOSEnumerateFlows: { Buffer: 'out bytesAt Size' },
      QOSNotifyFlow: { Buffer: 'inout bytesAt Size kept' },
      QOSQueryFlow: { Buffer: 'out bytesAt Size kept' },
    },
  },
  {
    reason: 'a buffer and its length',
    functions: {
      QOSSetFlow: { Buffer: 'in bytes Size' },
      TcSetInterface: { pGuidParam: 'in', Buffer: 'in bytes BufferSize' },
      TcSetFlow: { pFlowName: 'in string', pGuidParam: 'in', Buffer: 'in bytes BufferSize' },
      TcGetFlowName: { pFlowName: 'out count StrSize' },
    },
  },
  {
    reason: 'handlers and flows are copied',
    functions: {
      TcRegisterClient: { ClientHandlerList: 'in' },
      TcAddFlow: { pGenericFlow: 'in' },
      TcModifyFlow: { pGenericFlow: 'in' },
      TcAddFilter: { pGenericFilter: 'in' },
    },
  },
  {
    reason: 'text that is read, though it is not declared const',
    functions: {
      TcOpenInterface: { pInterfaceName: 'in string' },
    },
  },
  {
    reason: 'fills as much as the buffer holds, and says how long it would have to be',
    functions: {
      TcEnumerateInterfaces: { InterfaceBuffer: 'out bytesAt pBufferSize' },
      TcQueryInterface: { pGuidParam: 'in', Buffer: 'out bytesAt pBufferSize' },
      TcQueryFlow: { pFlowName: 'in string', pGuidParam: 'in', Buffer: 'out bytesAt pBufferSize' },
      TcEnumerateFlows: {
        pEnumHandle: 'inout',
        pFlowCount: 'inout',
        Buffer: 'out bytesAt pBufSize',
      },
    },
  },
];
