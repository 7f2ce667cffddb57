// socketapi.h, which mingw-w64 does not have, written from the documentation.

HRESULT WINAPI SetSocketMediaStreamingMode(BOOL value);
