// What mingw-w64 lacks of ws2spi.h, written from the documentation.

typedef struct _NSPV2_ROUTINE *LPNSPV2_ROUTINE;
typedef const struct _NSPV2_ROUTINE *PCNSPV2_ROUTINE;
