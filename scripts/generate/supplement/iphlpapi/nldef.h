// What mingw-w64 lacks of nldef.h, written from the documentation.

typedef enum _NL_NETWORK_CONNECTIVITY_LEVEL_HINT {
  NetworkConnectivityLevelHintUnknown = 0,
  NetworkConnectivityLevelHintNone,
  NetworkConnectivityLevelHintLocalAccess,
  NetworkConnectivityLevelHintInternetAccess,
  NetworkConnectivityLevelHintConstrainedInternetAccess,
  NetworkConnectivityLevelHintHidden
} NL_NETWORK_CONNECTIVITY_LEVEL_HINT;

typedef enum _NL_NETWORK_CONNECTIVITY_COST_HINT {
  NetworkConnectivityCostHintUnknown = 0,
  NetworkConnectivityCostHintUnrestricted,
  NetworkConnectivityCostHintFixed,
  NetworkConnectivityCostHintVariable
} NL_NETWORK_CONNECTIVITY_COST_HINT;

typedef struct _NL_NETWORK_CONNECTIVITY_HINT {
  NL_NETWORK_CONNECTIVITY_LEVEL_HINT ConnectivityLevel;
  NL_NETWORK_CONNECTIVITY_COST_HINT ConnectivityCost;
  BOOLEAN ApproachingDataLimit;
  BOOLEAN OverDataLimit;
  BOOLEAN Roaming;
} NL_NETWORK_CONNECTIVITY_HINT;

// Later members of NL_ROUTE_PROTOCOL, with the names that older headers gave them.
enum {
  RouteProtocolIdpr = 15,
  RouteProtocolEigrp = 16,
  RouteProtocolDvmrp = 17,
  RouteProtocolRpl = 18,
  RouteProtocolDhcp = 19,
  MIB_IPPROTO_IDPR = 15,
  MIB_IPPROTO_EIGRP = 16,
  MIB_IPPROTO_DVMRP = 17,
  MIB_IPPROTO_RPL = 18,
  MIB_IPPROTO_DHCP = 19,
  PROTO_IP_IDPR = 15,
  PROTO_IP_EIGRP = 16,
  PROTO_IP_DVMRP = 17,
  PROTO_IP_RPL = 18,
  PROTO_IP_DHCP = 19
};
