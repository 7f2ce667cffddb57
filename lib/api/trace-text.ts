/**
 * What a trace shows of the arguments that plain types do not explain: flags and ioctl codes by their
 * names, socket addresses as text.
 */
import { addressFamilyName, flagsOf, nameOf, protocolName, socketTypeName } from './names.ts';
import { optionName } from './option-names.ts';

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

const AF_INET = 2;
const AF_INET6 = 23;

/** `127.0.0.1:80`, `[::1]:80`; undefined for memory that holds neither family's address. */
export function addressText(memory: Uint8Array): string | undefined {
  if (memory.byteLength < 16) return undefined;
  const family = memory[0]! | (memory[1]! << 8);
  const port = (memory[2]! << 8) | memory[3]!;
  if (family === AF_INET) return `${memory.subarray(4, 8).join('.')}:${port}`;
  if (family !== AF_INET6 || memory.byteLength < 28) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((memory[8 + 2 * i]! << 8) | memory[9 + 2 * i]!).toString(16),
  );
  const scope = memory[24]! | (memory[25]! << 8) | (memory[26]! << 16) | (memory[27]! << 24);
  return `[${compressed(groups)}${scope === 0 ? '' : `%${scope >>> 0}`}]:${port}`;
}

/** The longest run of zero groups becomes `::`. */
function compressed(groups: readonly string[]): string {
  const text = groups.join(':');
  const longest = (text.match(/\b0(:0)+\b/g) ?? []).sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return text;
  const [before = '', ...after] = text.split(longest);
  return `${before.replace(/:$/, '')}::${after.join(longest).replace(/^:/, '')}`;
}

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
  if (value instanceof Uint8Array && ADDRESS.test(parameter) && !NOT_ADDRESS.test(syscall)) {
    return addressText(value);
  }
  return undefined;
}
