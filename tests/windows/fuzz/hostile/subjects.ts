/**
 * What is called: every function of every entry point, found by what they export. Where the system has a
 * function that neither blocks nor harms, it answers; else C++ with the prototype of the headers does,
 * which follows the pointers whose type says what is there (tests/native/stand-ins.cpp).
 */
import { readFileSync } from 'node:fs';
import * as w from 'winsock';
import * as c from 'winsock/c';
import * as ip from 'winsock/iphlpapi';
import * as k from 'winsock/kernel';
import * as names from 'winsock/names';
import * as qos from 'winsock/qos';
import * as spi from 'winsock/spi';
import { isWine, needsDlls, testDll } from '../../support/native.ts';

export type AnyFunc = w.Func<(...args: unknown[]) => unknown>;

export interface Subject {
  readonly name: string;
  readonly entry: string;
  readonly call: AnyFunc;
  readonly parameters: readonly w.Parameter[];
  /** Whether the system keeps memory after the call. */
  readonly keeps: boolean;
  /** Which pointers a stand-in follows; undefined where the system answers. */
  readonly follows: bigint | undefined;
  /** Ends what a call has made. */
  readonly undo: ((result: never) => unknown) | undefined;
}

interface DllExports {
  readonly implemented: readonly string[];
  readonly stubs: readonly string[];
}

const ENTRIES: Readonly<Record<string, object>> = { winsock: w, spi, iphlpapi: ip, qos, kernel: k };

/** What may wait for good or for long, whatever is given. */
const BLOCKS =
  /^(ConnectNamedPipe|FlushFileBuffers|GetMessage.*|ReadFile|WriteFile|Sleep|SleepEx|WSALookupService.*|WSAAsync.*|gethostby.*|Get(Name|Addr)Info.*|get(name|addr)info|WSAConnectBy.*|GetAddressByName.*|SendARP|Icmp.*Send.*|GetRTTAndHopCount|ResolveIp.*|.*Notify.*Change.*|CancelIPChangeNotify|NotifyUnicast.*|WSAGetQOSByName|DispatchMessage.*|DefWindowProc.*|CreateWindow.*|PeekMessage.*|TranslateMessage|RegisterWindowMessage.*|MessageBox.|SendMessage.|SendDlgItemMessage.)$/;
/**
 * What would take the ground from under the run, not from under the function: it ends Winsock or the
 * process, changes the system's configuration, frees, signals or closes whatever a number happens to
 * name, or keeps what it is given for ever.
 */
const HARMS =
  /^(WSA(Cleanup|SetBlockingHook|UnhookBlockingHook|CancelBlockingCall|CancelAsyncRequest|SetService.*|InstallServiceClass.*|RemoveServiceClass|CloseEvent|SetEvent|ResetEvent|ProviderConfigChange|DuplicateSocket.*)|WSC(Deinstall|UnInstall|Install|Write|Enable|Update|Set).*|SetService.*|SetAddrInfoEx.*|sethostname|closesocket|WPUCompleteOverlappedRequest|WSAProviderCompleteAsyncCall|WSA(Una|A)dvertiseProvider|NSPStartup|WSPStartup|(Close|Duplicate|SetHandle|Destroy|Delete|Free|Heap|Local|Global|Virtual|Post|Queue|Register|Unregister|Load|Cancel|Create|Set(Event|Waitable|File)|ResetEvent|Generate|Terminate|Exit|Suspend|Resume|Raise|Map|Unmap|Enter|Leave|TryEnter|Initialize|Acquire|Release|Wake|Switch|Tls|Fls|Alloc|WriteConsole|ReadConsole|SetConsole|SetStd|SetThread|SetProcess|OpenProcess|OpenThread|GetQueued|GetProcessHeap).*|(Add|Allocate|Create|Delete|Disable|Enable|Flush|Ip|IcmpClose|Lookup|Nhp|Notify|Restore|Set|Unenable|Release|Renew).*)$/;

/** What Wine 10 does wrong with arguments that are right: Windows is not asked to be worse. */
const FLAWS_OF_WINE: readonly (readonly [names: RegExp, reason: string])[] = [
  [
    /^(RtlIpv6AddressToString.*|inet_ntop|InetNtopW)$/,
    'looks at the word behind an address of zeros',
  ],
  [
    /^(LPFN_)?ACCEPTEX$/i,
    'ends its server, and every process with it, where there is no room for the addresses and no data is asked for',
  ],
  [/^GetExtended(Tcp|Udp)Table$/, 'takes a table class that it does not know for the last one'],
  [/^IcmpParseReplies$/, 'reads a reply however short the memory is'],
];
/** As printf: a format says what its inserts are, and nothing measures that. */
const BY_FORMAT = /^FormatMessage/;
const isFlawed = (name: string) => isWine() && FLAWS_OF_WINE.some(([names]) => names.test(name));

const CLOSES: Readonly<Record<string, (result: never) => unknown>> = {
  socket: w.closesocket,
  WSASocketW: w.closesocket,
  WSASocketA: w.closesocket,
  accept: w.closesocket,
  WSAAccept: w.closesocket,
  WSAJoinLeaf: w.closesocket,
  WSACreateEvent: w.WSACloseEvent,
  IcmpCreateFile: ip.IcmpCloseHandle,
  Icmp6CreateFile: ip.IcmpCloseHandle,
};

const isFunc = (value: unknown): value is AnyFunc =>
  typeof value === 'function' && 'definition' in value;

/** What the test's own DLL has, where it is built. */
const standIns = needsDlls.skip ? undefined : testDll('stand-ins');
const followOnly =
  standIns === undefined
    ? undefined
    : w.func<(pointers: bigint) => void>(standIns, 'FollowOnly', w.NeverFails, () => [
        w.void_,
        w.p('pointers', w.ULONGLONG),
      ]);

/** Has a stand-in follow the pointers that its function follows. */
export function prepareStandIn({ follows }: Subject): void {
  if (follows !== undefined) followOnly!(follows);
}

const wine = JSON.parse(
  readFileSync(new URL('../../../fixtures/wine-exports.json', import.meta.url), 'utf8'),
) as Record<string, DllExports>;

/** Whether the system has it; a stub of Wine's ends the process. */
function systemHas({ dll, name }: w.Definition): boolean {
  if (dll === '') return true;
  const table = wine[dll];
  if (table?.stubs.includes(name)) return false;
  const module = k.LoadLibraryW(`${dll}.dll`);
  return module !== 0 && k.GetProcAddress(module, name) !== 0;
}

/** Pointers to what has a size of its own, as nothing else says how much is there. */
function followed(parameters: readonly w.Parameter[]): bigint {
  return parameters.reduce((mask, { type, bound }, number) => {
    const { target } = type as w.PointerType<unknown>;
    const sized = type.kind === 'pointer' && target && target.kind !== 'void' && !bound;
    const isOpen = (target as { options?: { openEnded?: boolean } } | undefined)?.options;
    return sized && !isOpen?.openEnded ? mask | (1n << BigInt(number)) : mask;
  }, 0n);
}

function subjectOf(entry: string, call: AnyFunc): Subject | undefined {
  const { definition } = call;
  const { name, dll, failure, signature } = definition;
  const [, ...parameters] = signature() as [unknown, ...w.Parameter[]];
  const keeps = parameters.some(({ kept }) => kept);
  const common = { name, entry, parameters };
  const harmless = ![BLOCKS, HARMS, BY_FORMAT].some((names) => names.test(name)) && !isFlawed(name);
  if (harmless && systemHas(definition)) {
    return { ...common, call, keeps, follows: undefined, undo: CLOSES[name] };
  }
  if (!standIns || dll === '') return undefined;
  const standIn = w.func(standIns, name, failure, signature) as AnyFunc;
  return { ...common, call: standIn, keeps: false, follows: followed(parameters), undo: undefined };
}

/** Types of functions, each as a function that does nothing. */
function pointersOf(entry: string, values: readonly unknown[]): Subject[] {
  if (!standIns) return [];
  const address = k.GetProcAddress.orThrow(k.LoadLibraryW.orThrow(standIns), 'Nothing');
  return values
    .filter((value) => (value as { kind?: string } | null)?.kind === 'callback')
    .map((value) => {
      const type = value as w.CallbackType<(...args: unknown[]) => unknown>;
      const call = type.at(address as never);
      const [, ...parameters] = type.signature() as [unknown, ...w.Parameter[]];
      const { name } = type;
      return { name, entry, call, parameters, keeps: false, follows: undefined, undo: undefined };
    });
}

/** All functions with a definition, each once. */
export function functionsUnderTest(entries: readonly string[]): Subject[] {
  return entries.flatMap((entry) => {
    const values = Object.values(ENTRIES[entry] ?? {});
    const functions = [...new Set(values.filter(isFunc))];
    return [
      ...functions.map((call) => subjectOf(entry, call)).filter((one) => one !== undefined),
      ...pointersOf(entry, values),
    ];
  });
}

/** What takes an address and looks there, or makes what it is told, by design. */
const BY_ADDRESS =
  /^(unchecked|func|funcAt|recordAt|stringAt|wideStringAt|linked|anchored|stringList|arrayAt|buffersAt|.*Callback|callback|setTraceDecoder|rioTable|.*Functions|.*StartupOf|open.*Provider|implement.*Provider|answer.*|trafficInterfaces|trafficFlows|qosFlows|onI.*|onR.*|onU.*)$/;

/**
 * What ends the run, waits for keys, or writes to where its results go; and what goes on behind the end of a
 * view, as far as its ArrayBuffer does: there a view stands for a pointer of C.
 */
const NOT_OURS =
  /^(mem(set|cpy|move)(_s)?|(Copy|Move|Zero|Fill)Memory|assert|_?exit|abort|system|_endthreadex|CreateThread|runThread|todo|v?f?w?printf|f?puts|f?putc(har)?|perror|f?scanf|_getch|_kbhit|remove|rename|fopen(_s)?|_?(read|close))$/;

/** Macros, inline functions and helpers: functions without a definition. */
export function helpersUnderTest(): [name: string, call: (...args: unknown[]) => unknown][] {
  const all = new Map<string, (...args: unknown[]) => unknown>();
  for (const entry of [...Object.values(ENTRIES), names, c]) {
    for (const [name, value] of Object.entries(entry)) {
      if (typeof value !== 'function' || isFunc(value)) continue;
      if (BY_ADDRESS.test(name) || NOT_OURS.test(name)) continue;
      if ((value as { kind?: string }).kind || isClass(value)) continue;
      all.set(name, value as (...args: unknown[]) => unknown);
    }
  }
  return [...all];
}

export function isClass(value: unknown): value is new (...args: unknown[]) => object {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

/** Records, whose constructors and fields take values as well. */
export function recordsUnderTest(): w.StructType<w.Struct>[] {
  const all = Object.values(ENTRIES).flatMap((entry) => Object.values(entry));
  return [
    ...new Set(all.filter((value) => (value as { kind?: string } | null)?.kind === 'record')),
  ];
}
