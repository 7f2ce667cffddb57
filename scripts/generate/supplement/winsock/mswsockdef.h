// mswsockdef.h, which mingw-w64 does not have, written from the documentation.

#define RIO_CMSG_BASE_SIZE 8
#define RIO_CORRUPT_CQ 0xffffffff
#define RIO_MAX_CQ_SIZE 0x8000000
#define RIO_MSG_COMMIT_ONLY 8
#define RIO_MSG_DEFER 2
#define RIO_MSG_DONT_NOTIFY 1
#define RIO_MSG_WAITALL 4
#define SIO_SET_COMPATIBILITY_MODE 0x9800012c
#define RIO_INVALID_BUFFERID ((RIO_BUFFERID)0xFFFFFFFF)
#define RIO_INVALID_CQ ((RIO_CQ)0)
#define RIO_INVALID_RQ ((RIO_RQ)0)

// Handles: the records behind them are the provider's own.
typedef struct RIO_BUFFERID_t *RIO_BUFFERID, **PRIO_BUFFERID;
typedef struct RIO_CQ_t *RIO_CQ, **PRIO_CQ;
typedef struct RIO_RQ_t *RIO_RQ, **PRIO_RQ;

typedef struct _RIORESULT {
  LONG Status;
  ULONG BytesTransferred;
  ULONGLONG SocketContext;
  ULONGLONG RequestContext;
} RIORESULT, *PRIORESULT;

typedef struct _RIO_BUF {
  RIO_BUFFERID BufferId;
  ULONG Offset;
  ULONG Length;
} RIO_BUF, *PRIO_BUF;

typedef struct _RIO_CMSG_BUFFER {
  ULONG TotalLength;
  // Followed by control messages.
} RIO_CMSG_BUFFER, *PRIO_CMSG_BUFFER;

typedef enum _WSA_COMPATIBILITY_BEHAVIOR_ID {
  WsaBehaviorAll = 0,
  WsaBehaviorReceiveBuffering,
  WsaBehaviorAutoTuning
} WSA_COMPATIBILITY_BEHAVIOR_ID, *PWSA_COMPATIBILITY_BEHAVIOR_ID;

typedef struct _WSA_COMPATIBILITY_MODE {
  WSA_COMPATIBILITY_BEHAVIOR_ID BehaviorId;
  ULONG TargetOsVersion;
} WSA_COMPATIBILITY_MODE, *PWSA_COMPATIBILITY_MODE;
