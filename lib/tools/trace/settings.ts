/** What WINSOCK_TRACE asks for. */

/** Where lines and lines of JSON go: a path, or standard error. */
export type Sink = { readonly file: string } | 'standard error';

/** How much a line says of where a call comes from. */
export type Origin = 'none' | 'place' | 'stack';

export interface TraceSettings {
  /** Of these functions; empty for all. */
  readonly functions: readonly RegExp[];
  readonly except: readonly RegExp[];
  /** The functions among both that are named in full. */
  readonly named: readonly string[];
  readonly lines: Sink | undefined;
  readonly json: Sink | undefined;
  /** Paths. */
  readonly capture: string | undefined;
  readonly timeline: string | undefined;
  readonly time: 'none' | 'absolute' | 'relative' | 'delta';
  readonly origin: Origin;
  /** Only calls and operations that failed. */
  readonly failures: boolean;
  /** Whole contents, in hexadecimal. */
  readonly dump: boolean;
  readonly summary: 'none' | 'also' | 'only';
  /** How many bytes of what is sent and received are written down. */
  readonly payload: number;
}

const WORDS = ['1', '-', 'failures', 'dump', 'summary', 'json', 'place', 'stack'] as const;
const TIMES = ['absolute', 'relative', 'delta'] as const;

/** A file is told from the name of a function by these characters. */
const isFile = (item: string) => /[/\\.]/.test(item);

/** Names with `*` for any letters. */
export function patternOf(name: string): RegExp {
  return new RegExp(`^${name.replaceAll('*', '.*')}$`);
}

function optionOf(item: string): Partial<TraceSettings> {
  const [name, value = ''] = item.split('=', 2);
  if (name === 'time' && TIMES.some((one) => one === value)) {
    return { time: value as (typeof TIMES)[number] };
  }
  if (name === 'payload' && /^\d+$/.test(value)) return { payload: Number(value) };
  if (name === 'summary' && value === 'only') return { summary: 'only' };
  const known = `time=${TIMES.join('|')}, payload=BYTES and summary=only`;
  throw new TypeError(`there is no option ${item}; there are ${known}`);
}

/** Which kind of trace the name of a file asks for. */
function kindOf(file: string): 'capture' | 'timeline' | 'json' | 'lines' {
  if (/\.pcapng$/i.test(file)) return 'capture';
  if (/\.json$/i.test(file)) return 'timeline';
  return /\.(jsonl|ndjson)$/i.test(file) ? 'json' : 'lines';
}

/**
 * Reads the setting: a list, separated by commas, of function names, which may hold `*` and are left out with
 * a `!` before them, of files, told by a `/`, `\` or `.` in them, of words and of options.
 *
 * @returns undefined where nothing is to be traced
 * @throws TypeError for what makes no sense
 */
export function parseTraceSetting(setting: string | undefined): TraceSettings | undefined {
  if (!setting || setting === '0') return undefined;
  const items = setting
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const files: { lines?: string; json?: string; capture?: string; timeline?: string } = {};
  const words = new Set<string>();
  const functions: string[] = [];
  const except: string[] = [];
  let options: Partial<TraceSettings> = {};
  for (const item of items) {
    if (isFile(item)) {
      const kind = kindOf(item);
      if (files[kind]) throw new TypeError(`${files[kind]} and ${item} are for the same`);
      files[kind] = item;
    } else if (WORDS.some((word) => word === item)) words.add(item);
    else if (item.includes('=')) options = { ...options, ...optionOf(item) };
    else if (/^\w[\w*]*$|^\*[\w*]*$/.test(item)) functions.push(item);
    else if (/^!\*?\w[\w*]*$/.test(item)) except.push(item.slice(1));
    else throw new TypeError(`${item} is no function, no file and no option`);
  }
  const sink: Sink | undefined = files.lines
    ? { file: files.lines }
    : words.has('-') || Object.keys(files).length === 0
      ? 'standard error'
      : undefined;
  const asJson = words.has('json');
  if (asJson && files.json) throw new TypeError(`json and ${files.json} are for the same`);
  return {
    functions: functions.map(patternOf),
    except: except.map(patternOf),
    named: [...functions, ...except].filter((name) => !name.includes('*')),
    lines: asJson ? undefined : sink,
    json: files.json ? { file: files.json } : asJson ? (sink ?? 'standard error') : undefined,
    capture: files.capture,
    timeline: files.timeline,
    time: 'none',
    origin: words.has('stack') ? 'stack' : words.has('place') ? 'place' : 'none',
    failures: words.has('failures'),
    dump: words.has('dump'),
    summary: words.has('summary') ? 'also' : 'none',
    payload: Number.POSITIVE_INFINITY,
    ...options,
  };
}

/** Whether the names of a setting choose a function. */
export function isChosen({ functions, except }: TraceSettings, name: string): boolean {
  if (except.some((pattern) => pattern.test(name))) return false;
  return functions.length === 0 || functions.some((pattern) => pattern.test(name));
}
