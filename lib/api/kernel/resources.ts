import type { Pointer } from '../../ffi/types/ctype.ts';

/** The number of a resource, where its name is asked for. */
export function MAKEINTRESOURCEA(i: number): Pointer {
  return (i & 0xffff) as Pointer;
}

/** The number of a resource, where its name is asked for. */
export function MAKEINTRESOURCEW(i: number): Pointer {
  return (i & 0xffff) as Pointer;
}

// Icons and mouse pointers of the system, by their numbers in winuser.h.
export const IDI_APPLICATION = 32512 as Pointer;
export const IDI_ERROR = 32513 as Pointer;
export const IDI_QUESTION = 32514 as Pointer;
export const IDI_WARNING = 32515 as Pointer;
export const IDI_INFORMATION = 32516 as Pointer;
export const IDC_ARROW = 32512 as Pointer;
export const IDC_IBEAM = 32513 as Pointer;
export const IDC_WAIT = 32514 as Pointer;
export const IDC_CROSS = 32515 as Pointer;
export const IDC_HAND = 32649 as Pointer;
