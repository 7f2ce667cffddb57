import { type Answer, NotFound, table } from '../output.ts';

interface Transport {
  readonly id: number;
  readonly name: string;
  readonly family: string;
  readonly type: string;
  readonly protocol: string;
  /** 'base', 'layered', or a chain of catalog numbers. */
  readonly chain: string;
  readonly provider: string;
  readonly dll: string | undefined;
}

interface NameSpace {
  readonly name: string;
  readonly nameSpace: string;
  readonly active: boolean;
  readonly provider: string;
}

/** The most characters a path of a provider has. */
const MAX_PATH = 260;

async function transports(): Promise<Transport[]> {
  const w = await import('../../index.ts');
  const { WSCEnumProtocols, WSCGetProviderPath } = await import('../../spi.ts');
  const { nameOf, addressFamilyName, protocolName, socketTypeName } = await import(
    '../../names.ts'
  );
  const bytes = w.ref(w.DWORD);
  const error = w.ref(w.int);
  // Without a buffer it tells how large one has to be.
  WSCEnumProtocols(null, null, bytes, error);
  const infos = w.arrayOf(
    w.WSAPROTOCOL_INFOW,
    Math.ceil(bytes.value / w.sizeof(w.WSAPROTOCOL_INFOW)),
  );
  const count = WSCEnumProtocols.orThrow(null, infos, bytes, error);
  return [...infos].slice(0, count).map((info) => {
    const path = new w.WideCharArray(new ArrayBuffer(2 * MAX_PATH));
    const length = w.ref(w.int, MAX_PATH);
    const found = WSCGetProviderPath(info.ProviderId, path, length, error) === 0;
    const { ChainLen, ChainEntries } = info.ProtocolChain;
    const family = info.iAddressFamily;
    return {
      id: info.dwCatalogEntryId,
      name: String(info.szProtocol),
      family: addressFamilyName(family) ?? String(family),
      type: socketTypeName(info.iSocketType) ?? nameOf('SOCK_', info.iSocketType) ?? '',
      protocol: protocolName(info.iProtocol, family) ?? String(info.iProtocol),
      chain:
        ChainLen === w.BASE_PROTOCOL
          ? 'base'
          : ChainLen === w.LAYERED_PROTOCOL
            ? 'layered'
            : [...ChainEntries].slice(0, ChainLen).join(' → '),
      provider: w.guidToString(info.ProviderId),
      // Wine says that it has found the path, and gives none.
      dll: (found && String(path)) || undefined,
    };
  });
}

async function nameSpaces(): Promise<NameSpace[]> {
  const w = await import('../../index.ts');
  const { nameOf } = await import('../../names.ts');
  const bytes = w.ref(w.DWORD);
  const size = w.sizeof(w.WSANAMESPACE_INFOW);
  w.WSAEnumNameSpaceProvidersW(bytes, w.arrayOf(w.WSANAMESPACE_INFOW, 1));
  // Behind the records are the texts that they point to.
  const infos = w.arrayOf(w.WSANAMESPACE_INFOW, Math.max(1, Math.ceil(bytes.value / size)));
  const count = w.WSAEnumNameSpaceProvidersW.orThrow(bytes, infos);
  return [...infos].slice(0, count).map((info) => ({
    name: info.lpszIdentifier ?? '',
    nameSpace: nameOf('NS_', info.dwNameSpace) ?? String(info.dwNameSpace),
    active: info.fActive !== 0,
    provider: w.guidToString(info.NSProviderId),
  }));
}

/** The transport and name space providers that this system has. */
export async function catalog(): Promise<Answer> {
  if (process.platform !== 'win32') {
    throw new NotFound('the catalog is Windows’ own; this command needs Windows, or Wine.');
  }
  const w = await import('../../index.ts');
  w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
  try {
    const protocols = await transports();
    const names = await nameSpaces();
    const first = table(
      ['id', 'protocol', 'family', 'type', 'proto', 'chain', 'provider'],
      protocols.map((one) => [
        one.id,
        one.name,
        one.family,
        one.type,
        one.protocol,
        one.chain,
        one.dll ?? one.provider,
      ]),
    );
    const second = table(
      ['name space', 'kind', 'active', 'provider'],
      names.map((one) => [one.name, one.nameSpace, one.active ? 'yes' : 'no', one.provider]),
    );
    return { text: `${first}\n\n${second}`, data: { protocols, nameSpaces: names } };
  } finally {
    w.WSACleanup();
  }
}
