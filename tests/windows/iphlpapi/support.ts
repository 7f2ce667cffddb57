import os from 'node:os';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

/** Whether this is Wine, for what it is known to leave out. */
export const onWine = k.GetProcAddress(k.GetModuleHandleW('ntdll.dll'), 'wine_get_version') !== 0;

/** An IPv4 or IPv6 address as text, without port and scope. */
export function textOf(address: w.sockaddr): string {
  const isIPv4 = address.sa_family === w.AF_INET;
  const bytes = isIPv4
    ? w.cast(w.sockaddr_in, address).sin_addr
    : w.cast(w.sockaddr_in6, address).sin6_addr;
  const text = Buffer.alloc(64);
  w.inet_ntop.orThrow(isIPv4 ? w.AF_INET : w.AF_INET6, bytes, text, text.length);
  return text.toString('latin1').replace(/\0.*/s, '');
}

export type HostAddress = os.NetworkInterfaceInfo & {
  readonly interfaceName: string;
  readonly prefix: number;
};

/** What the run time says about the addresses of this computer. */
export function hostAddresses(): HostAddress[] {
  return Object.entries(os.networkInterfaces()).flatMap(([interfaceName, addresses]) =>
    (addresses ?? []).map((one) => ({
      ...one,
      interfaceName,
      prefix: Number(one.cidr?.split('/')[1]),
    })),
  );
}

/** The function's answer, or why this system has none. */
export function attempt<T>(call: () => T): { readonly value: T } | { readonly missing: string } {
  try {
    return { value: call() };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const isMissing = /^ERR_WINSOCK_NO_FUNCTION$|^ERROR_(NOT_SUPPORTED|INVALID_FUNCTION)$/;
    if (code && isMissing.test(code)) return { missing: `not on this system: ${message}` };
    throw error;
  }
}
