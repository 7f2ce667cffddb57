/** What WINSOCK_TRACE, WINSOCK_FAULTS and WINSOCK_CALLS load. */
import type { Observer } from '../../ffi/trace/observer.ts';
import { Capture } from './capture/capture.ts';
import { faultsOf } from './faults/faults.ts';
import { unknownNames } from './names.ts';
import { Counts } from './output/counts.ts';
import { say } from './output/file.ts';
import { JsonLines } from './output/json-lines.ts';
import { Lines } from './output/lines.ts';
import { Summary } from './output/summary.ts';
import { Timeline } from './output/timeline.ts';
import type { Sink } from './seen.ts';
import { isChosen, parseTraceSetting, type TraceSettings, type Sink as Where } from './settings.ts';
import { Tracer } from './tracer.ts';

const fileOf = (where: Where) => (where === 'standard error' ? undefined : where.file);

function sinksOf(settings: TraceSettings): Sink[] {
  const { lines, json, summary, capture, timeline } = settings;
  const sinks: Sink[] = [];
  if (lines && summary !== 'only') sinks.push(new Lines(settings, fileOf(lines)));
  if (json) sinks.push(new JsonLines(settings, fileOf(json)));
  if (capture !== undefined) sinks.push(new Capture(capture, settings.payload));
  if (timeline !== undefined) sinks.push(new Timeline(timeline, settings.payload));
  if (summary !== 'none') sinks.push(new Summary(lines && fileOf(lines)));
  return sinks;
}

/** A trace that is misunderstood could show what is not to be shown: there is none then. */
function settingsOf(setting: string | undefined): TraceSettings | undefined {
  try {
    const settings = parseTraceSetting(setting);
    for (const wrong of unknownNames(settings?.named ?? [])) say(`WINSOCK_TRACE: ${wrong}`);
    return settings;
  } catch (error) {
    say(`nothing is traced: WINSOCK_TRACE: ${(error as Error).message}`);
    return undefined;
  }
}

/**
 * What the environment asks for.
 *
 * @throws TypeError for a WINSOCK_FAULTS that cannot be understood
 */
export function observerOf(): Observer | undefined {
  const { WINSOCK_TRACE, WINSOCK_FAULTS, WINSOCK_CALLS } = process.env;
  const faults = faultsOf(WINSOCK_FAULTS);
  const settings = settingsOf(WINSOCK_TRACE);
  const traces = settings ? sinksOf(settings) : [];
  const sinks = WINSOCK_CALLS ? [...traces, new Counts(WINSOCK_CALLS)] : traces;
  if (sinks.length === 0 && !faults) return undefined;
  if (sinks.some((sink) => sink.end)) {
    process.once('exit', () => {
      for (const sink of sinks) sink.end?.();
    });
  }
  return new Tracer({
    sinks,
    faults,
    isChosen: (name) => settings !== undefined && isChosen(settings, name),
    seesAll: Boolean(WINSOCK_CALLS),
    tracksSockets: settings !== undefined,
  });
}

/**
 * Says what is wrong with what a command line asks for, before anything is run.
 *
 * @throws TypeError for a setting or a list of faults that cannot be understood, and for names that no function has
 */
export function checkSettings(trace: string | undefined, faults: string | undefined): void {
  const [wrong] = unknownNames(parseTraceSetting(trace)?.named ?? []);
  if (wrong !== undefined) throw new TypeError(`${wrong} Nothing would be traced.`);
  faultsOf(faults);
}
