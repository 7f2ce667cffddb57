// What mingw-w64 lacks of netioapi.h and its enumerations, written from the documentation.

// A later member of MIB_IF_TABLE_LEVEL.
enum { MibIfTableNormalWithoutStatistics = 2 };

// A later member of NDIS_PHYSICAL_MEDIUM, and with it a later end; unit.ts puts mingw's out of the way.
enum { NdisPhysicalMediumNative802_15_4 = 20, NdisPhysicalMediumMax = 21 };

// One interface, without the counters where nobody needs them.

typedef enum _MIB_IF_ENTRY_LEVEL {
  MibIfEntryNormal = 0,
  MibIfEntryNormalWithoutStatistics = 2
} MIB_IF_ENTRY_LEVEL, *PMIB_IF_ENTRY_LEVEL;

DWORD WINAPI GetIfEntry2Ex(MIB_IF_ENTRY_LEVEL Level, PMIB_IF_ROW2 Row);

// What a connection is good for.

typedef VOID (WINAPI *PNETWORK_CONNECTIVITY_HINT_CHANGE_CALLBACK)(
    PVOID CallerContext, NL_NETWORK_CONNECTIVITY_HINT ConnectivityHint);

DWORD WINAPI GetNetworkConnectivityHint(NL_NETWORK_CONNECTIVITY_HINT *ConnectivityHint);
DWORD WINAPI GetNetworkConnectivityHintForInterface(
    NET_IFINDEX InterfaceIndex, NL_NETWORK_CONNECTIVITY_HINT *ConnectivityHint);
DWORD WINAPI NotifyNetworkConnectivityHintChange(
    PNETWORK_CONNECTIVITY_HINT_CHANGE_CALLBACK Callback, PVOID CallerContext,
    BOOLEAN InitialNotification, HANDLE *NotificationHandle);

// Compartments.

#define NET_IF_COMPARTMENT_ID_UNSPECIFIED 0
#define NET_IF_COMPARTMENT_ID_PRIMARY 1
#define NET_IF_COMPARTMENT_SCOPE_UNSPECIFIED 0
#define NET_IF_COMPARTMENT_SCOPE_ALL 0xffffffff

typedef UINT32 NET_IF_COMPARTMENT_SCOPE, *PNET_IF_COMPARTMENT_SCOPE;

DWORD WINAPI ConvertCompartmentGuidToId(
    const GUID *CompartmentGuid, PNET_IF_COMPARTMENT_ID CompartmentId);
DWORD WINAPI ConvertCompartmentIdToGuid(
    NET_IF_COMPARTMENT_ID CompartmentId, GUID *CompartmentGuid);
VOID WINAPI GetCurrentThreadCompartmentScope(
    PNET_IF_COMPARTMENT_SCOPE CompartmentScope, PNET_IF_COMPARTMENT_ID CompartmentId);
DWORD WINAPI SetCurrentThreadCompartmentScope(NET_IF_COMPARTMENT_SCOPE CompartmentScope);
NET_IF_COMPARTMENT_ID WINAPI GetJobCompartmentId(HANDLE JobHandle);
DWORD WINAPI SetJobCompartmentId(HANDLE JobHandle, NET_IF_COMPARTMENT_ID CompartmentId);
NET_IF_COMPARTMENT_ID WINAPI GetDefaultCompartmentId(void);

// DNS settings, of the computer and of an interface.

#define DNS_SETTINGS_VERSION1 0x0001
#define DNS_SETTINGS_VERSION2 0x0002
#define DNS_INTERFACE_SETTINGS_VERSION1 0x0001
#define DNS_INTERFACE_SETTINGS_VERSION2 0x0002
#define DNS_INTERFACE_SETTINGS_VERSION3 0x0003
#define DNS_INTERFACE_SETTINGS_VERSION4 0x0004

#define DNS_SETTING_IPV6 0x0001
#define DNS_SETTING_NAMESERVER 0x0002
#define DNS_SETTING_SEARCHLIST 0x0004
#define DNS_SETTING_REGISTRATION_ENABLED 0x0008
#define DNS_SETTING_REGISTER_ADAPTER_NAME 0x0010
#define DNS_SETTING_DOMAIN 0x0020
#define DNS_SETTING_HOSTNAME 0x0040
#define DNS_SETTINGS_ENABLE_LLMNR 0x0080
#define DNS_SETTINGS_QUERY_ADAPTER_NAME 0x0100
#define DNS_SETTING_PROFILE_NAMESERVER 0x0200
#define DNS_SETTING_DISABLE_UNCONSTRAINED_QUERIES 0x0400
#define DNS_SETTING_SUPPLEMENTAL_SEARCH_LIST 0x0800
#define DNS_SETTING_DOH 0x1000
#define DNS_SETTING_DOH_PROFILE 0x2000
#define DNS_SETTING_ENCRYPTED_DNS_ADAPTER_FLAGS 0x4000
#define DNS_SETTING_DDR 0x8000
#define DNS_SETTING_DOT 0x10000
#define DNS_SETTING_DOT_PROFILE 0x20000

#define DNS_ENABLE_DOH 0x0001
#define DNS_DOH_POLICY_NOT_CONFIGURED 0x0004
#define DNS_DOH_POLICY_DISABLE 0x0008
#define DNS_DOH_POLICY_AUTO 0x0010
#define DNS_DOH_POLICY_REQUIRED 0x0020
#define DNS_ENCRYPTION_POLICY_NOT_CONFIGURED 0x0004
#define DNS_ENCRYPTION_POLICY_DISABLE 0x0008
#define DNS_ENCRYPTION_POLICY_AUTO 0x0010
#define DNS_ENCRYPTION_POLICY_REQUIRED 0x0020
#define DNS_ENABLE_DDR 0x0040
#define DNS_ENABLE_DOT 0x0080
#define DNS_DOT_POLICY_BLOCK 0x0100
#define DNS_DOH_POLICY_BLOCK 0x0200
#define DNS_ENABLE_DNR 0x0400

#define DNS_SERVER_PROPERTY_VERSION1 0x0001
#define DNS_DOH_SERVER_SETTINGS_ENABLE_AUTO 0x0001
#define DNS_DOH_SERVER_SETTINGS_ENABLE 0x0002
#define DNS_DOH_SERVER_SETTINGS_FALLBACK_TO_UDP 0x0004
#define DNS_DOH_AUTO_UPGRADE_SERVER 0x0008
#define DNS_DOH_SERVER_SETTINGS_ENABLE_DDR 0x0010
#define DNS_DOH_SERVER_SETTINGS_MAKE_DDR_NON_BLOCKING 0x0020
#define DNS_DOT_SERVER_SETTINGS_ENABLE 0x0001
#define DNS_DOT_SERVER_SETTINGS_FALLBACK_TO_UDP 0x0002
#define DNS_DOT_AUTO_UPGRADE_SERVER 0x0004
#define DNS_DOT_SERVER_SETTINGS_ENABLE_AUTO 0x0008
#define DNS_DOT_SERVER_SETTINGS_ENABLE_DDR 0x0010
#define DNS_DOT_SERVER_SETTINGS_MAKE_DDR_NON_BLOCKING 0x0020
#define DNS_DDR_ADAPTER_ENABLE 0x0001
#define DNS_DDR_ADAPTER_ENABLE_DOH 0x0001
#define DNS_DDR_ADAPTER_ENABLE_UDP_FALLBACK 0x0002
#define DNS_DDR_ADAPTER_MAKE_DDR_NON_BLOCKING 0x0004

#define DNS_SETTINGS_FIELDS \
  ULONG Version;            \
  ULONG64 Flags;            \
  PWSTR Hostname;           \
  PWSTR Domain;             \
  PWSTR SearchList;

typedef struct _DNS_SETTINGS {
  DNS_SETTINGS_FIELDS
} DNS_SETTINGS;

typedef struct _DNS_SETTINGS2 {
  DNS_SETTINGS_FIELDS
  ULONG64 SettingFlags;
} DNS_SETTINGS2;

typedef struct _DNS_DOH_SERVER_SETTINGS {
  PWSTR Template;
  ULONG64 Flags;
} DNS_DOH_SERVER_SETTINGS;

typedef struct _DNS_DOT_SERVER_SETTINGS {
  PWSTR Hostname;
  ULONG64 Flags;
  USHORT Port;
} DNS_DOT_SERVER_SETTINGS;

typedef enum _DNS_SERVER_PROPERTY_TYPE {
  DnsServerInvalidProperty = 0,
  DnsServerDohProperty,
  DnsServerDotProperty
} DNS_SERVER_PROPERTY_TYPE;

typedef union _DNS_SERVER_PROPERTY_TYPES {
  DNS_DOH_SERVER_SETTINGS *DohSettings;
  DNS_DOT_SERVER_SETTINGS *DotSettings;
} DNS_SERVER_PROPERTY_TYPES;

typedef struct _DNS_SERVER_PROPERTY {
  ULONG Version;
  ULONG ServerIndex;
  DNS_SERVER_PROPERTY_TYPE Type;
  DNS_SERVER_PROPERTY_TYPES Property;
} DNS_SERVER_PROPERTY;

#define DNS_INTERFACE_SETTINGS_FIELDS \
  ULONG Version;                      \
  ULONG64 Flags;                      \
  PWSTR Domain;                       \
  PWSTR NameServer;                   \
  PWSTR SearchList;                   \
  ULONG RegistrationEnabled;          \
  ULONG RegisterAdapterName;          \
  ULONG EnableLLMNR;                  \
  ULONG QueryAdapterName;             \
  PWSTR ProfileNameServer;

#define DNS_INTERFACE_SETTINGS3_FIELDS         \
  DNS_INTERFACE_SETTINGS_FIELDS                \
  ULONG DisableUnconstrainedQueries;           \
  PWSTR SupplementalSearchList;                \
  ULONG cServerProperties;                     \
  DNS_SERVER_PROPERTY *ServerProperties;       \
  ULONG cProfileServerProperties;              \
  DNS_SERVER_PROPERTY *ProfileServerProperties;

typedef struct _DNS_INTERFACE_SETTINGS {
  DNS_INTERFACE_SETTINGS_FIELDS
} DNS_INTERFACE_SETTINGS;

typedef struct _DNS_INTERFACE_SETTINGS_EX {
  DNS_INTERFACE_SETTINGS SettingsV1;
  ULONG DisableUnconstrainedQueries;
  PWSTR SupplementalSearchList;
} DNS_INTERFACE_SETTINGS_EX;

typedef struct _DNS_INTERFACE_SETTINGS3 {
  DNS_INTERFACE_SETTINGS3_FIELDS
} DNS_INTERFACE_SETTINGS3;

typedef struct _DNS_INTERFACE_SETTINGS4 {
  DNS_INTERFACE_SETTINGS3_FIELDS
  ULONG EncryptedDnsAdapterFlags;
} DNS_INTERFACE_SETTINGS4;

#undef DNS_SETTINGS_FIELDS
#undef DNS_INTERFACE_SETTINGS_FIELDS
#undef DNS_INTERFACE_SETTINGS3_FIELDS

DWORD WINAPI GetDnsSettings(DNS_SETTINGS *Settings);
DWORD WINAPI SetDnsSettings(const DNS_SETTINGS *Settings);
VOID WINAPI FreeDnsSettings(DNS_SETTINGS *Settings);
DWORD WINAPI GetInterfaceDnsSettings(GUID Interface, DNS_INTERFACE_SETTINGS *Settings);
DWORD WINAPI SetInterfaceDnsSettings(GUID Interface, const DNS_INTERFACE_SETTINGS *Settings);
VOID WINAPI FreeInterfaceDnsSettings(DNS_INTERFACE_SETTINGS *Settings);
