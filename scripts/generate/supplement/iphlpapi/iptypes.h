// What mingw-w64 lacks of iptypes.h, written from the documentation.

#define GAA_FLAG_SKIP_DNS_INFO 0x0800
