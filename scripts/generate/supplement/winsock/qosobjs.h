// What mingw-w64 lacks of qosobjs.h, written from the documentation.

#define QOS_MAX_OBJECT_STRING_LENGTH 256
