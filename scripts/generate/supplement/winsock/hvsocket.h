// What mingw-w64 lacks of hvsocket.h, written from the documentation.

#define HVSOCKET_HIGH_VTL 8
