// What mingw-w64 lacks of ws2ipdef.h, written from the documentation.

// IP_UNSPECIFIED_USER_MTU is made of it.
#ifndef MAXULONG
#define MAXULONG 0xffffffff
#endif

#define IN6ADDR_6TO4PREFIX_LENGTH 16
#define IN6ADDR_LINKLOCALPREFIX_LENGTH 64
#define IN6ADDR_MULTICASTPREFIX_LENGTH 8
#define IN6ADDR_SOLICITEDNODEMULTICASTPREFIX_LENGTH 104
#define IN6ADDR_TEREDOPREFIX_LENGTH 32
#define IN6ADDR_V4MAPPEDPREFIX_LENGTH 96
#define IPV6_RECVECN 50
#define IP_RECVECN 50
#define SIOCGIPMSFILTER 0x8004747c
#define SIOCGMSFILTER 0x8004747f
#define SIOCSIPMSFILTER 0x8004747d
#define SIOCSMSFILTER 0x8004747e
#define SIO_IDEAL_SEND_BACKLOG_CHANGE 0x2000747a
#define SIO_IDEAL_SEND_BACKLOG_QUERY 0x4004747b
#define UDP_COALESCED_INFO 3
#define UDP_RECV_MAX_COALESCED_SIZE 3
#define UDP_SEND_MSG_SIZE 2

typedef struct sockaddr_in6_w2ksp1 {
  short sin6_family;
  USHORT sin6_port;
  ULONG sin6_flowinfo;
  struct in6_addr sin6_addr;
  ULONG sin6_scope_id;
} SOCKADDR_IN6_W2KSP1, *PSOCKADDR_IN6_W2KSP1, *LPSOCKADDR_IN6_W2KSP1;
typedef struct sockaddr_in6 SOCKADDR_IN6_LH, *PSOCKADDR_IN6_LH, *LPSOCKADDR_IN6_LH;

typedef struct in_pktinfo *PIN_PKTINFO;
typedef struct in6_pktinfo *PIN6_PKTINFO;
typedef struct ipv6_mreq *PIPV6_MREQ;

typedef struct in_pktinfo_ex {
  IN_PKTINFO pkt_info;
  SCOPE_ID scope_id;
} IN_PKTINFO_EX, *PIN_PKTINFO_EX;
typedef struct in6_pktinfo_ex {
  IN6_PKTINFO pkt_info;
  SCOPE_ID scope_id;
} IN6_PKTINFO_EX, *PIN6_PKTINFO_EX;

typedef struct in_recverr {
  IPPROTO protocol;
  ULONG info;
  UINT8 type;
  UINT8 code;
} IN_RECVERR, *PIN_RECVERR;
typedef struct icmp_error_info {
  SOCKADDR_INET srcaddress;
  IPPROTO protocol;
  UINT8 type;
  UINT8 code;
} ICMP_ERROR_INFO, *PICMP_ERROR_INFO;
