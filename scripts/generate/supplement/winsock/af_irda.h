// What mingw-w64 lacks of af_irda.h, written from the documentation.

#define LM_BAUD_16M 0xf42400
