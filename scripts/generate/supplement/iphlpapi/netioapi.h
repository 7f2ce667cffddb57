// What mingw-w64 lacks of netioapi.h, written from the documentation.

// A later member of MIB_IF_TABLE_LEVEL.
enum { MibIfTableNormalWithoutStatistics = 2 };
