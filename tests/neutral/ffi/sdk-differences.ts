// Where the definitions differ from the headers of the Windows SDK, and why they are right to.

interface Difference {
  /** As the comparison says it. */
  readonly differs: string;
  readonly because: string;
}

const ARM64_POINTERS =
  'a pointer of 32 bits is 32 bits wide: the headers have `__ptr32`, which clang ignores for arm64; the documentation says that the record is that of 32-bit programs';
const ECHO =
  'arm64 size, alignment 28, 4, not 40, 8; arm64 Options at bit 160, not 192; arm64 Options.Ttl at bit 160, not 192; arm64 Options.Tos at bit 168, not 200; arm64 Options.Flags at bit 176, not 208; arm64 Options.OptionsSize at bit 184, not 216; arm64 Options.OptionsData at bit 192, not 256';
const OPTIONS = 'arm64 size, alignment 8, 4, not 16, 8; arm64 OptionsData at bit 32, not 64';
const LENGTH =
  'every record is a Uint8Array, whose `length` the field would hide: it is length_ here';

export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, Difference>>>> = {
  constants: {},
  guids: {},
  records: {
    BTHNS_INQUIRYBLOB: { differs: 'no length', because: LENGTH },
    BTH_QUERY_DEVICE: { differs: 'no length', because: LENGTH },
    GUID: { differs: 'is not published', because: 'it is a type of lib/ffi, not of a header' },
    ICMP_ECHO_REPLY32: { differs: ECHO, because: ARM64_POINTERS },
    IP_OPTION_INFORMATION32: { differs: OPTIONS, because: ARM64_POINTERS },
    icmp_echo_reply32: { differs: ECHO, because: ARM64_POINTERS },
    ip_option_information32: { differs: OPTIONS, because: ARM64_POINTERS },
    IP_ADAPTER_INFO: {
      differs: 'ia32 size, alignment 640, 4, not 648, 8; ia32 LeaseExpires at bit 5088, not 5120',
      because:
        'the documentation says that the two times have 4 bytes in 32-bit programs; the headers were read with a time_t of 64 bits',
    },
    MIB_IPDESTROW: {
      differs:
        'no dwForwardDest; no dwForwardMask; no dwForwardPolicy; no dwForwardNextHop; no dwForwardIfIndex; no dwForwardType; no ForwardType; no dwForwardProto; no ForwardProto; no dwForwardAge; no dwForwardNextHopAS; no dwForwardMetric1; no dwForwardMetric2; no dwForwardMetric3; no dwForwardMetric4; no dwForwardMetric5',
      because: 'a header read as C has the member ForwardRow, which C++ derives from instead',
    },
  },
  functions: {},
};
