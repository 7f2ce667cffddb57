/**
 * What a trace shows of the arguments that plain types do not explain: flags and ioctl codes by their
 * names, socket addresses as text.
 */

import { socketAddressText } from '../../ffi/memory/address-text.ts';
import { isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { addressFamilyName, flagsOf, nameOf, protocolName, socketTypeName } from './names.ts';
import { optionName } from './option-names.ts';

export { socketAddressText as addressText };

type Arguments = Readonly<Record<string, unknown>>;

/** Functions and parameters, both as patterns, and how the number is shown. */
interface NumberRule {
  readonly functions: RegExp;
  readonly parameters: RegExp;
  readonly show: (value: number, all: Arguments) => string | undefined;
}

const levelOf = ({ level }: Arguments) => (typeof level === 'number' ? level : -1);

const NUMBER_RULES: readonly NumberRule[] = [
  { functions: /^(WSA)?[Ss]ocket[AW]?$/, parameters: /^type$/, show: socketTypeName },
  {
    functions: /^(WSA)?[Ss]ocket[AW]?$/,
    parameters: /^protocol$/,
    // The family is a parameter too, an int.
    show: (value, { af }) => (value === 0 ? '0' : protocolName(value, af as number)),
  },
  {
    functions: /./,
    parameters: /^(af|[Ff]amily|AddressFamily|dwAddressFamily)$/,
    show: addressFamilyName,
  },
  {
    functions: /sockopt$/,
    parameters: /^level$/,
    show: (value) => nameOf('SOL_', value) ?? nameOf('IPPROTO_', value),
  },
  {
    functions: /sockopt$/,
    parameters: /^optname$/,
    show: (value, all) => optionName(levelOf(all), value),
  },
  {
    functions: /^ioctlsocket$/,
    parameters: /^cmd$/,
    show: (value) => nameOf('FIO', value) ?? nameOf('SIO', value),
  },
  {
    functions: /^WSAIoctl$/,
    parameters: /^dwIoControlCode$/,
    show: (value) => nameOf('SIO_', value) ?? nameOf('FIO', value),
  },
  {
    functions: /^(send|sendto|recv|recvfrom)$/,
    parameters: /^flags$/,
    show: (value) => flagsOf('MSG_', value),
  },
  {
    functions: /^WSA(Send|Recv)/,
    parameters: /^dwFlags$/,
    show: (value) => flagsOf('MSG_', value),
  },
  { functions: /^shutdown$/, parameters: /^how$/, show: (value) => nameOf('SD_', value) },
  {
    functions: /^WSASocket[AW]$/,
    parameters: /^dwFlags$/,
    show: (value) => flagsOf('WSA_FLAG_', value),
  },
  {
    functions: /^WSA(EventSelect|AsyncSelect)$/,
    parameters: /^(lNetworkEvents|lEvent)$/,
    show: (value) => flagsOf('FD_', value),
  },
  { functions: /^WSASetLastError$/, parameters: /./, show: (value) => nameOf('WSA', value) },
];

/** Parameters that point to a socket address. */
const ADDRESS = /^(name|addr|from|to|lpFrom|lpTo|lpsaAddress|lpAddress|sa|pSockaddr|sockaddr)$/;
/** Functions of which such a parameter is text or a name instead. */
const NOT_ADDRESS = /^(gethost|getserv|getproto|GetAddrInfo|getaddrinfo|GetHostName)/;

/** A traced argument as text; undefined for what its type shows well enough. */
export function traceText(
  syscall: string,
  parameter: string,
  value: unknown,
  all: Arguments,
): string | undefined {
  if (typeof value === 'number') {
    return NUMBER_RULES.find(
      ({ functions, parameters }) => functions.test(syscall) && parameters.test(parameter),
    )?.show(value, all);
  }
  if (isUint8Array(value) && ADDRESS.test(parameter) && !NOT_ADDRESS.test(syscall)) {
    return socketAddressText(value);
  }
  return undefined;
}
