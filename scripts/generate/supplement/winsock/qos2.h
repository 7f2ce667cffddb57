// What mingw-w64 lacks of qos2.h, written from the documentation.

typedef QOS_QUERY_FLOW *PQOS_QUERY_FLOW;
