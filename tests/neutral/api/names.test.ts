import t from 'tap';
import * as w from 'winsock';
import * as iphlpapi from 'winsock/iphlpapi';
import * as kernel from 'winsock/kernel';
import * as names from 'winsock/names';
import * as qos from 'winsock/qos';
import * as spi from 'winsock/spi';

t.test('constants are named back', async (t) => {
  const expected: [prefix: string, value: number, name: string | undefined][] = [
    ['WSAE', 10054, 'WSAECONNRESET'],
    ['WSAE', w.WSAEWOULDBLOCK, 'WSAEWOULDBLOCK'],
    ['AF_', 2, 'AF_INET'],
    ['AF_', 6, 'AF_IPX'],
    ['AF_', 34, 'AF_HYPERV'],
    ['IPPROTO_', 0, 'IPPROTO_IP'],
    ['IPPROTO_', 113, 'IPPROTO_RM'],
    ['SIO_', w.SIO_GET_EXTENSION_FUNCTION_POINTER, 'SIO_GET_EXTENSION_FUNCTION_POINTER'],
    ['SIO_', w.SIO_RCVALL, 'SIO_RCVALL'],
    ['SIO_', w.SIO_RCVALL | 0, 'SIO_RCVALL'],
    ['SIO_', w.SIO_GET_INTERFACE_LIST, 'SIO_GET_INTERFACE_LIST'],
    ['FIO', w.FIONBIO, 'FIONBIO'],
    ['FIO', w.FIONREAD, 'FIONREAD'],
    ['SD_', 1, 'SD_SEND'],
    ['EAI_', 11001, 'EAI_NONAME'],
    ['Nlat', 3, 'NlatMulticast'],
    ['SIO_', 1, undefined],
    ['IP_', 11003, 'IP_DEST_HOST_UNREACHABLE'],
    ['MIB_TCP_STATE_', 5, 'MIB_TCP_STATE_ESTAB'],
    ['GAA_FLAG_', 1, 'GAA_FLAG_SKIP_UNICAST'],
    ['FILE_FLAG_', 0x40000000, 'FILE_FLAG_OVERLAPPED'],
    ['TC_NOTIFY_', 1, 'TC_NOTIFY_IFC_UP'],
    ['WSAE', 2 ** 40, undefined],
  ];
  for (const [prefix, value, name] of expected) t.equal(names.nameOf(prefix, value), name);
  t.equal(names.nameOf('AF_', 2n), 'AF_INET');
  t.throws(() => names.nameOf('', 1), TypeError);
  const nothing = {
    name: 'TypeError',
    message: /no constant of the headers begins with "NOTHING_"/,
  };
  t.throws(() => names.nameOf('NOTHING_', 1), nothing);
  t.throws(() => names.flagsOf('NOTHING_', 1), nothing);
  t.throws(() => names.nameOf(1 as never, 1), TypeError);
});

t.test('names of numbers are constants of that value', async (t) => {
  const published = new Map<string, unknown>(Object.entries(w));
  const constants = [...published].filter(([, value]) => typeof value === 'number');
  for (const prefix of ['WSAE', 'AF_', 'SIO_', 'SO_', 'IPPROTO_', 'SOCK_', 'AI_', 'MSG_', 'NI_']) {
    const wrong = constants.filter(([name, value]) => {
      if (!name.startsWith(prefix)) return false;
      const found = names.nameOf(prefix, value as number);
      return found === undefined || published.get(found) !== value;
    });
    t.same(wrong, [], prefix);
  }
});

t.test('every numeric constant of every entry point is known by its name', async (t) => {
  for (const entry of [w, spi, iphlpapi, qos, kernel]) {
    // IDI_* and IDC_* are no constants of the headers: they stand where the address of a name does.
    const constants = Object.entries(entry).filter(
      ([name, value]) =>
        /^(?!ID[IC]_)[A-Z_]/.test(name) && ['number', 'bigint'].includes(typeof value),
    );
    t.ok(constants.length > 0);
    t.same(
      constants.filter(([name, value]) => names.nameOf(name, value as number) !== name),
      [],
    );
  }
});

t.test('flags are named, and a rest without a name is a number', async (t) => {
  t.equal(names.flagsOf('MSG_', 3), 'MSG_OOB|MSG_PEEK');
  t.equal(names.flagsOf('MSG_', 0), '0');
  t.equal(names.flagsOf('FD_', w.FD_READ | w.FD_CLOSE), 'FD_READ|FD_CLOSE');
  t.equal(names.flagsOf('FD_', w.FD_READ | 0x40000000), 'FD_READ|0x40000000');
  t.equal(names.flagsOf('WSA_FLAG_', w.WSA_FLAG_OVERLAPPED), 'WSA_FLAG_OVERLAPPED');
  t.equal(names.flagsOf('MSG_', 0x80000000), '0x80000000');
  t.equal(names.flagsOf('IOC_', w.IOC_INOUT), 'IOC_OUT|IOC_IN');
});

t.test("families, types and protocols have their constants' names", async (t) => {
  t.equal(names.addressFamilyName(w.AF_INET6), 'AF_INET6');
  t.equal(names.addressFamilyName(99), undefined);
  t.equal(names.socketTypeName(w.SOCK_STREAM), 'SOCK_STREAM');
  t.equal(names.socketTypeName(5), 'SOCK_SEQPACKET');
  t.equal(names.socketTypeName(8), undefined);
  t.equal(names.protocolName(6), 'IPPROTO_TCP');
  t.equal(names.protocolName(17, w.AF_INET6), 'IPPROTO_UDP');
  t.equal(names.protocolName(3, w.AF_BTH), 'BTHPROTO_RFCOMM');
  t.equal(names.protocolName(1, w.AF_HYPERV), 'HV_PROTOCOL_RAW');
  t.equal(names.protocolName(1256, w.AF_IPX), 'NSPROTO_SPX');
  t.equal(names.protocolName(9999), undefined);
});

t.test('socket options mean something else at each level', async (t) => {
  t.equal(names.optionName(w.SOL_SOCKET, 4), 'SO_REUSEADDR');
  t.equal(names.optionName(w.SOL_SOCKET, w.SO_DONTLINGER), 'SO_DONTLINGER');
  t.equal(names.optionName(w.SOL_SOCKET, w.SO_DONTLINGER >>> 0), 'SO_DONTLINGER');
  t.equal(names.optionName(w.IPPROTO_IP, 4), 'IP_TTL');
  t.equal(names.optionName(w.IPPROTO_IPV6, 4), 'IPV6_UNICAST_HOPS');
  t.equal(names.optionName(w.IPPROTO_TCP, 4), 'TCP_MAXSEG');
  t.equal(names.optionName(w.IPPROTO_TCP, 3), 'TCP_KEEPIDLE');
  t.equal(names.optionName(w.IPPROTO_UDP, 2), 'UDP_SEND_MSG_SIZE');
  t.equal(names.optionName(w.IPPROTO_IP, 41), 'MCAST_JOIN_GROUP');
  t.equal(names.optionName(w.SOL_RFCOMM, w.SO_BTH_ENCRYPT), 'SO_BTH_ENCRYPT');
  t.equal(names.optionName(w.SOL_SOCKET, 0x9999), undefined);
  t.equal(names.optionName(0x1234, 4), undefined);
});

t.test('an entry point has the types that its functions take', async (t) => {
  t.equal(kernel.OVERLAPPED, w.OVERLAPPED);
  t.equal(kernel.OVERLAPPED_ENTRY, w.OVERLAPPED_ENTRY);
  t.equal(kernel.ULONG_PTR, w.ULONG_PTR);
  t.equal(kernel.HANDLE, w.HANDLE);
  const { TRUE, FALSE, INFINITE, INVALID_HANDLE_VALUE, MAX_PATH } = kernel;
  const own = [w.TRUE, w.FALSE, w.INFINITE, w.INVALID_HANDLE_VALUE, w.MAX_PATH];
  t.same(own, [TRUE, FALSE, INFINITE, INVALID_HANDLE_VALUE, MAX_PATH]);
});
