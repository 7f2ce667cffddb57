// The headers of packets, as raw sockets carry them: mingw-w64 has no netiodef.h. The layouts are
// those of RFC 791 and 792, 826, 4443, 8200 and 9293; numbers are in network byte order.

#pragma pack(push, 1)

typedef struct _ETHERNET_HEADER {
  DL_EUI48 Destination;
  DL_EUI48 Source;
  union {
    UINT16 Type;
    UINT16 Length;
  };
} ETHERNET_HEADER, *PETHERNET_HEADER;

#define ETHERNET_TYPE_MINIMUM 0x0600
#define ETHERNET_TYPE_IPV4 0x0800
#define ETHERNET_TYPE_ARP 0x0806
#define ETHERNET_TYPE_IPV6 0x86dd
#define ETHERNET_TYPE_802_1Q 0x8100
#define ETHERNET_TYPE_802_1AD 0x88a8
#define ETH_LENGTH_OF_HEADER 14
#define ETH_LENGTH_OF_VLAN_HEADER 4
#define ETH_LENGTH_OF_SNAP_HEADER 8

typedef struct _ARP_HEADER {
  USHORT HardwareAddressSpace;
  USHORT ProtocolAddressSpace;
  UCHAR HardwareAddressLength;
  UCHAR ProtocolAddressLength;
  USHORT Opcode;
  UCHAR SenderHardwareAddress[0];
} ARP_HEADER, *PARP_HEADER;

typedef enum { ARP_REQUEST = 1, ARP_RESPONSE = 2 } ARP_OPCODE;
typedef enum { ARP_HW_ENET = 1, ARP_HW_802 = 6 } ARP_HARDWARE_TYPE;

typedef struct _ICMP_HEADER {
  UINT8 Type;
  UINT8 Code;
  UINT16 Checksum;
} ICMP_HEADER, *PICMP_HEADER;

typedef struct _ICMP_MESSAGE {
  ICMP_HEADER Header;
  union {
    UINT32 Data32[1];
    UINT16 Data16[2];
    UINT8 Data8[4];
  } Data;
} ICMP_MESSAGE, *PICMP_MESSAGE;

typedef ICMP_HEADER ICMPV4_HEADER, *PICMPV4_HEADER;
typedef ICMP_HEADER ICMPV6_HEADER, *PICMPV6_HEADER;
typedef ICMP_MESSAGE ICMPV4_MESSAGE, *PICMPV4_MESSAGE;
typedef ICMP_MESSAGE ICMPV6_MESSAGE, *PICMPV6_MESSAGE;

typedef struct _ICMPV4_TIMESTAMP_MESSAGE {
  ICMPV4_MESSAGE Header;
  UINT32 OriginateTimestamp;
  UINT32 ReceiveTimestamp;
  UINT32 TransmitTimestamp;
} ICMPV4_TIMESTAMP_MESSAGE, *PICMPV4_TIMESTAMP_MESSAGE;

typedef struct _ICMPV4_ADDRESS_MASK_MESSAGE {
  ICMPV4_MESSAGE Header;
  UINT32 AddressMask;
} ICMPV4_ADDRESS_MASK_MESSAGE, *PICMPV4_ADDRESS_MASK_MESSAGE;

typedef enum {
  ICMP4_UNREACH_NET,
  ICMP4_UNREACH_HOST,
  ICMP4_UNREACH_PROTOCOL,
  ICMP4_UNREACH_PORT,
  ICMP4_UNREACH_FRAG_NEEDED,
  ICMP4_UNREACH_SOURCEROUTE_FAILED,
  ICMP4_UNREACH_NET_UNKNOWN,
  ICMP4_UNREACH_HOST_UNKNOWN,
  ICMP4_UNREACH_ISOLATED,
  ICMP4_UNREACH_NET_ADMIN,
  ICMP4_UNREACH_HOST_ADMIN,
  ICMP4_UNREACH_NET_TOS,
  ICMP4_UNREACH_HOST_TOS,
  ICMP4_UNREACH_ADMIN
} ICMP4_UNREACH_CODE, *PICMP4_UNREACH_CODE;

typedef enum {
  ICMP4_TIME_EXCEED_TRANSIT,
  ICMP4_TIME_EXCEED_REASSEMBLY
} ICMP4_TIME_EXCEED_CODE, *PICMP4_TIME_EXCEED_CODE;

#define ICMP6_INFOMSG_MASK 0x80
#define ICMP6_DST_UNREACH_NOROUTE 0
#define ICMP6_DST_UNREACH_ADMIN 1
#define ICMP6_DST_UNREACH_BEYONDSCOPE 2
#define ICMP6_DST_UNREACH_ADDR 3
#define ICMP6_DST_UNREACH_NOPORT 4
#define ICMP6_TIME_EXCEED_TRANSIT 0
#define ICMP6_TIME_EXCEED_REASSEMBLY 1
#define ICMP6_PARAMPROB_HEADER 0
#define ICMP6_PARAMPROB_NEXTHEADER 1
#define ICMP6_PARAMPROB_OPTION 2
#define ICMP6_PARAMPROB_FIRSTFRAGMENT 3

typedef struct _IPV4_HEADER {
  union {
    UINT8 VersionAndHeaderLength;
    struct {
      UINT8 HeaderLength : 4;
      UINT8 Version : 4;
    };
  };
  union {
    UINT8 TypeOfServiceAndEcnField;
    struct {
      UINT8 EcnField : 2;
      UINT8 TypeOfService : 6;
    };
  };
  UINT16 TotalLength;
  UINT16 Identification;
  union {
    UINT16 FlagsAndOffset;
    struct {
      UINT16 DontUse1 : 5;
      UINT16 MoreFragments : 1;
      UINT16 DontFragment : 1;
      UINT16 Reserved : 1;
      UINT16 DontUse2 : 8;
    };
  };
  UINT8 TimeToLive;
  UINT8 Protocol;
  UINT16 HeaderChecksum;
  IN_ADDR SourceAddress;
  IN_ADDR DestinationAddress;
} IPV4_HEADER, *PIPV4_HEADER;

#define IP_VER_MASK 0xF0
#define IPV4_VERSION 4
#define IPV4_VERSION_BYTE 0x40
#define IP4_OFF_MASK 0xff1f
#define MAX_IPV4_PACKET 65535
#define MAX_IPV4_HLEN 60
#define IPV4_MINIMUM_MTU 576

typedef struct _IPV6_HEADER {
  union {
    UINT32 VersionClassFlow;
    struct {
      UINT32 : 4;
      UINT32 Version : 4;
      UINT32 : 24;
    };
  };
  UINT16 PayloadLength;
  UINT8 NextHeader;
  UINT8 HopLimit;
  IN6_ADDR SourceAddress;
  IN6_ADDR DestinationAddress;
} IPV6_HEADER, *PIPV6_HEADER;

#define IPV6_VERSION 0x60
#define IPV6_TRAFFIC_CLASS_MASK 0x0000C00F
#define IPV6_FULL_TRAFFIC_CLASS_MASK 0x0000F00F
#define IPV6_ECN_MASK 0x00003000
#define IPV6_FLOW_LABEL_MASK 0xFFFF0F00
#define IPV6_ECN_SHIFT 12
#define IPV6_MINIMUM_MTU 1280
#define MAX_IPV6_PAYLOAD 65535

typedef struct _IPV6_FRAGMENT_HEADER {
  UINT8 NextHeader;
  UINT8 Reserved;
  union {
    struct {
      UINT16 DontUse1 : 8;
      UINT16 MoreFragments : 1;
      UINT16 ReservedBits : 2;
      UINT16 DontUse2 : 5;
    };
    UINT16 OffsetAndFlags;
  };
  UINT32 Id;
} IPV6_FRAGMENT_HEADER, *PIPV6_FRAGMENT_HEADER;

#define IP6F_OFF_MASK 0xf8ff
#define IP6F_RESERVED_MASK 0x0600
#define IP6F_MORE_FRAG 0x0100

typedef struct _IPV6_EXTENSION_HEADER {
  UINT8 NextHeader;
  UINT8 Length;
} IPV6_EXTENSION_HEADER, *PIPV6_EXTENSION_HEADER;

typedef UINT32 SEQ_NUM, *PSEQ_NUM;

typedef struct tcp_hdr {
  UINT16 th_sport;
  UINT16 th_dport;
  SEQ_NUM th_seq;
  SEQ_NUM th_ack;
  UINT8 th_x2 : 4;
  UINT8 th_len : 4;
  UINT8 th_flags;
  UINT16 th_win;
  UINT16 th_sum;
  UINT16 th_urp;
} TCP_HDR, *PTCP_HDR;

#define TH_MAX_LEN 60
#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_PSH 0x08
#define TH_ACK 0x10
#define TH_URG 0x20
#define TH_ECE 0x40
#define TH_CWR 0x80
#define TH_OPT_EOL 0x00
#define TH_OPT_NOP 0x01
#define TH_OPT_MSS 0x02
#define TH_OPT_WS 0x03
#define TH_OPT_SACK_PERMITTED 0x04
#define TH_OPT_SACK 0x05
#define TH_OPT_TS 0x08
#define TH_OPT_FASTOPEN 0x22

typedef struct tcp_opt_mss {
  UINT8 Kind;
  UINT8 Length;
  UINT16 Mss;
} TCP_OPT_MSS;

typedef struct tcp_opt_ws {
  UINT8 Kind;
  UINT8 Length;
  UINT8 ShiftCnt;
} TCP_OPT_WS;

typedef struct tcp_opt_sack_permitted {
  UINT8 Kind;
  UINT8 Length;
} TCP_OPT_SACK_PERMITTED;

typedef struct tcp_opt_ts {
  UINT8 Kind;
  UINT8 Length;
  UINT32 Val;
  UINT32 EcR;
} TCP_OPT_TS;

typedef struct tcp_opt_unknown {
  UINT8 Kind;
  UINT8 Length;
} TCP_OPT_UNKNOWN;

#pragma pack(pop)
