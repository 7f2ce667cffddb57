// What mingw-w64 lacks of tcpmib.h, written from the documentation: segments counted in 64 bits.

typedef enum {
  TcpRtoAlgorithmOther = 1,
  TcpRtoAlgorithmConstant,
  TcpRtoAlgorithmRsre,
  TcpRtoAlgorithmVanj
} TCP_RTO_ALGORITHM, *PTCP_RTO_ALGORITHM;

typedef struct _MIB_TCPSTATS2 {
  TCP_RTO_ALGORITHM RtoAlgorithm;
  DWORD dwRtoMin;
  DWORD dwRtoMax;
  DWORD dwMaxConn;
  DWORD dwActiveOpens;
  DWORD dwPassiveOpens;
  DWORD dwAttemptFails;
  DWORD dwEstabResets;
  DWORD dwCurrEstab;
  DWORD64 dw64InSegs;
  DWORD64 dw64OutSegs;
  DWORD dwRetransSegs;
  DWORD dwInErrs;
  DWORD dwOutRsts;
  DWORD dwNumConns;
} MIB_TCPSTATS2, *PMIB_TCPSTATS2;
