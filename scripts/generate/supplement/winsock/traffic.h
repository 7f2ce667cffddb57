// Records that mingw-w64 declares differently from Windows; unit.ts puts mingw's own out of the way.

typedef struct _TC_SUPPORTED_INFO_BUFFER {
  USHORT InstanceIDLength;
  WCHAR InstanceID[MAX_STRING_LENGTH];
  ULONG64 InterfaceLuid;
  ADDRESS_LIST_DESCRIPTOR AddrListDesc;
} TC_SUPPORTED_INFO_BUFFER, *PTC_SUPPORTED_INFO_BUFFER;
