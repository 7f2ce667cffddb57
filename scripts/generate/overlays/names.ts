// The order in which headers name a number that constants of several have: the more general header
// first. Headers that stand nowhere here come after these, in the order in which they are written.

export const NAMES_ORDER: readonly string[] = [
  'winerror',
  'ws2def',
  'winsock2',
  'ws2ipdef',
  'ws2tcpip',
  'mswsock',
  'mswsockdef',
  'mstcpip',
  'nspapi',
  'nldef',
  'afunix',
  'hvsocket',
  'ws2bth',
  'af_irda',
  'ws2atm',
  'atalkwsh',
  'wsipx',
  'wsnwlink',
  'wsnetbs',
  'wsvns',
  'wsrm',
  'wshisotp',
  'qos',
  'qossp',
];
