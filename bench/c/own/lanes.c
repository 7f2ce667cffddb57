/* What each thread of the server has. */
#include "own.h"

#include <stdlib.h>

USHORT server_port;

static struct lane *lanes[LANES];
static LONG lane_count;
/* Where a thread keeps its own. */
static DWORD slot;

void install_lanes(void) { slot = TlsAlloc(); }

struct lane *own_lane(void) {
  struct lane *lane = TlsGetValue(slot);
  if (lane) return lane;
  LONG index = InterlockedIncrement(&lane_count) - 1;
  /* Nobody measures with so many. */
  if (index >= LANES) abort();
  lane = calloc(1, sizeof *lane);
  lane->index = index;
  InitializeSRWLock(&lane->lock);
  lane->answered = CreateEventA(NULL, TRUE, FALSE, NULL);
  TlsSetValue(slot, lane);
  InterlockedExchangePointer((void *volatile *)&lanes[index], lane);
  return lane;
}

struct lane *lane_at(ULONG_PTR index) {
  return index < LANES ? *(struct lane *volatile *)&lanes[index] : NULL;
}
