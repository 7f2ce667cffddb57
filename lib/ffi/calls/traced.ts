import { traceCall } from '../trace/trace.ts';
import type { Call, Definition } from './definition.ts';
import type { Parameter } from './parameter.ts';
import { failureCode } from './prepare.ts';

/** A call that leaves a line of the trace each time. */
export function traced(
  call: Call,
  { failure, name }: Definition,
  parameters: readonly Parameter[],
): Call {
  return (...args) => {
    const started = process.hrtime.bigint();
    try {
      const result = call(...args);
      const duration = process.hrtime.bigint() - started;
      const code = failure.fails(result)
        ? failureCode(failure, parameters, result, args)
        : undefined;
      const outcome = { result, ...(code === undefined ? {} : { code }) };
      traceCall(name, parameters, args, outcome, duration);
      return result;
    } catch (thrown) {
      traceCall(name, parameters, args, { thrown }, process.hrtime.bigint() - started);
      throw thrown;
    }
  };
}
