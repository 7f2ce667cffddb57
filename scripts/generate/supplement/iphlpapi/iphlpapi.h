// What mingw-w64 lacks of iphlpapi.h, written from the documentation: packet timestamps, and
// statistics that count in 64 bits.

typedef struct _INTERFACE_HARDWARE_TIMESTAMP_CAPABILITIES {
  BOOLEAN PtpV2OverUdpIPv4EventMessageReceive;
  BOOLEAN PtpV2OverUdpIPv4AllMessageReceive;
  BOOLEAN PtpV2OverUdpIPv4EventMessageTransmit;
  BOOLEAN PtpV2OverUdpIPv4AllMessageTransmit;
  BOOLEAN PtpV2OverUdpIPv6EventMessageReceive;
  BOOLEAN PtpV2OverUdpIPv6AllMessageReceive;
  BOOLEAN PtpV2OverUdpIPv6EventMessageTransmit;
  BOOLEAN PtpV2OverUdpIPv6AllMessageTransmit;
  BOOLEAN AllReceive;
  BOOLEAN AllTransmit;
  BOOLEAN TaggedTransmit;
} INTERFACE_HARDWARE_TIMESTAMP_CAPABILITIES, *PINTERFACE_HARDWARE_TIMESTAMP_CAPABILITIES;

typedef struct _INTERFACE_SOFTWARE_TIMESTAMP_CAPABILITIES {
  BOOLEAN AllReceive;
  BOOLEAN AllTransmit;
  BOOLEAN TaggedTransmit;
} INTERFACE_SOFTWARE_TIMESTAMP_CAPABILITIES, *PINTERFACE_SOFTWARE_TIMESTAMP_CAPABILITIES;

typedef struct _INTERFACE_TIMESTAMP_CAPABILITIES {
  ULONG64 HardwareClockFrequencyHz;
  BOOLEAN SupportsCrossTimestamp;
  INTERFACE_HARDWARE_TIMESTAMP_CAPABILITIES HardwareCapabilities;
  INTERFACE_SOFTWARE_TIMESTAMP_CAPABILITIES SoftwareCapabilities;
} INTERFACE_TIMESTAMP_CAPABILITIES, *PINTERFACE_TIMESTAMP_CAPABILITIES;

typedef struct _INTERFACE_HARDWARE_CROSSTIMESTAMP {
  ULONG64 SystemTimestamp1;
  ULONG64 HardwareClockTimestamp;
  ULONG64 SystemTimestamp2;
} INTERFACE_HARDWARE_CROSSTIMESTAMP, *PINTERFACE_HARDWARE_CROSSTIMESTAMP;

// A handle: the record behind it is the system's own.
typedef struct HIFTIMESTAMPCHANGE__ *HIFTIMESTAMPCHANGE;
typedef VOID (CALLBACK *PINTERFACE_TIMESTAMP_CONFIG_CHANGE_CALLBACK)(PVOID CallerContext);

DWORD WINAPI GetInterfaceActiveTimestampCapabilities(
    const NET_LUID *InterfaceLuid, PINTERFACE_TIMESTAMP_CAPABILITIES TimestampCapabilites);
DWORD WINAPI GetInterfaceSupportedTimestampCapabilities(
    const NET_LUID *InterfaceLuid, PINTERFACE_TIMESTAMP_CAPABILITIES TimestampCapabilites);
DWORD WINAPI CaptureInterfaceHardwareCrossTimestamp(
    const NET_LUID *InterfaceLuid, PINTERFACE_HARDWARE_CROSSTIMESTAMP CrossTimestamp);
DWORD WINAPI RegisterInterfaceTimestampConfigChange(
    PINTERFACE_TIMESTAMP_CONFIG_CHANGE_CALLBACK Callback, PVOID CallerContext,
    HIFTIMESTAMPCHANGE *NotificationHandle);
VOID WINAPI UnregisterInterfaceTimestampConfigChange(HIFTIMESTAMPCHANGE NotificationHandle);

ULONG WINAPI GetTcpStatisticsEx2(PMIB_TCPSTATS2 Statistics, ULONG Family);
ULONG WINAPI GetUdpStatisticsEx2(PMIB_UDPSTATS2 Statistics, ULONG Family);

// The names that Windows 10 had for the first two and for the reports, before Windows 11.
DWORD WINAPI GetInterfaceCurrentTimestampCapabilities(
    const NET_LUID *InterfaceLuid, PINTERFACE_TIMESTAMP_CAPABILITIES TimestampCapabilites);
DWORD WINAPI GetInterfaceHardwareTimestampCapabilities(
    const NET_LUID *InterfaceLuid, PINTERFACE_TIMESTAMP_CAPABILITIES TimestampCapabilites);
DWORD WINAPI NotifyIfTimestampConfigChange(
    PVOID CallerContext, PINTERFACE_TIMESTAMP_CONFIG_CHANGE_CALLBACK Callback,
    HIFTIMESTAMPCHANGE *NotificationHandle);
VOID WINAPI CancelIfTimestampConfigChange(HIFTIMESTAMPCHANGE NotificationHandle);

// mingw-w64 has this only after windns.h, which nothing else here needs.

typedef struct NET_ADDRESS_INFO_ {
  NET_ADDRESS_FORMAT Format;
  union {
    struct {
      WCHAR Address[256];
      WCHAR Port[6];
    } NamedAddress;
    SOCKADDR_IN Ipv4Address;
    SOCKADDR_IN6 Ipv6Address;
    SOCKADDR IpAddress;
  };
} NET_ADDRESS_INFO, *PNET_ADDRESS_INFO;

DWORD WINAPI ParseNetworkString(
    const WCHAR *NetworkString, DWORD Types, PNET_ADDRESS_INFO AddressInfo, USHORT *PortNumber,
    BYTE *PrefixLength);
