/**
 * Renders an argument in a trace: flags by name, a secret not at all. Returns undefined for what is shown as
 * the package itself shows it.
 */
export type TraceDecoder = (
  syscall: string,
  parameter: string,
  value: unknown,
  all: Readonly<Record<string, unknown>>,
) => string | undefined;

let decoder: TraceDecoder | undefined;

/**
 * Has a trace show arguments otherwise than the package shows them. What a decoder gives for the memory that
 * a call sends or receives stands in every kind of trace in place of the bytes themselves.
 */
export function setTraceDecoder(decode: TraceDecoder): void {
  decoder = decode;
}

/** The decoder of the program, where it has set one. */
export function traceDecoder(): TraceDecoder | undefined {
  return decoder;
}
