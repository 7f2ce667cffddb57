import type { Call, Definition } from '../../../ffi/calls/definition.ts';
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import type { AsyncObservation } from '../../../ffi/trace/observer.ts';

export interface Faults {
  watch(call: Call, definition: Definition, parameters: readonly Parameter[]): Call;
  begin(
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
  ): (Omit<AsyncObservation, 'finished'> & { readonly injected: string }) | undefined;
  madeElsewhere(
    definition: Definition,
    parameters: readonly Parameter[],
    args: readonly unknown[],
  ): void;
  takeInjected(): string | undefined;
  takeHeldBack(operation: number): string | undefined;
}
export function faultsOf(_setting: string | undefined): Faults | undefined {
  return undefined;
}
