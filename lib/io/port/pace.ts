/** How a port shares the event loop with everybody else. */

/** Deliveries in one turn of the event loop. Others get their turn after that. */
export const BUDGET = 64;
/** While there is always something to deliver, the port is looked at every so many turns. */
export const TURNS_BETWEEN_POLLS = 8;
/** A packet that comes after so many milliseconds of rest is a lone one; more do not follow it soon. */
export const LONE_MILLISECONDS = 1;
/**
 * A cancel is repeated while the packet has not come. Wine forgets one that comes while it is busy
 * with the next part of a long send.
 */
export const CANCEL_AGAIN_MILLISECONDS = 20;
