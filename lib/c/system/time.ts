import { GetTimeZoneInformation } from '../../../defs/kernel.g.ts';
import { TIME_ZONE_INFORMATION } from '../../../defs/windows.g.ts';
import type { Ref } from '../../ffi/index.ts';
import { checkCharacters, checkCount, checkNumber, checkObject, isWide } from '../text/checks.ts';
import { type Characters, put, str, type Text, unitsOf } from '../text/text.ts';

const started = performance.now();
export const CLOCKS_PER_SEC = 1000;

/** A date and time by its parts, as C's `struct tm`. */
export class tm {
  tm_sec = 0;
  tm_min = 0;
  tm_hour = 0;
  tm_mday = 0;
  tm_mon = 0;
  tm_year = 0;
  tm_wday = 0;
  tm_yday = 0;
  tm_isdst = 0;
}

/** Seconds since 1970. @param into also stored there, if it is not NULL */
export function time(into: Ref<number> | null): number {
  const now = Math.floor(Date.now() / 1000);
  if (into !== null && into !== undefined) {
    checkObject(into, 'a variable or NULL', 'time: destTime');
    into.value = now;
  }
  return now;
}

/** Milliseconds that the program has run: Windows counts the time that has passed. */
export const clock = (): number => Math.round(performance.now() - started);
export function difftime(end: number, start: number): number {
  checkNumber(end, 'difftime: timeEnd');
  checkNumber(start, 'difftime: timeStart');
  return end - start;
}

function parts(
  date: Date,
  get: (name: 'Seconds' | 'Minutes' | 'Hours' | 'Date' | 'Month' | 'FullYear' | 'Day') => number,
  isDst: number,
): tm {
  const year = get('FullYear');
  const start = Date.UTC(year, 0, 1);
  const day = Date.UTC(year, get('Month'), get('Date'));
  void date;
  return Object.assign(new tm(), {
    tm_sec: get('Seconds'),
    tm_min: get('Minutes'),
    tm_hour: get('Hours'),
    tm_mday: get('Date'),
    tm_mon: get('Month'),
    tm_year: year - 1900,
    tm_wday: get('Day'),
    tm_yday: Math.round((day - start) / 86_400_000),
    tm_isdst: isDst,
  });
}

/** The time in a variable; undefined where JavaScript has no such date. */
function dateOf(at: Ref<number>, where: string): Date | undefined {
  checkObject(at, 'a variable', where);
  const { value } = at;
  checkNumber(value, `${where}: its value`);
  const date = new Date(value * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** @returns NULL for a time that has no date */
export function localtime(at: Ref<number>): tm | null {
  const date = dateOf(at, 'localtime: sourceTime');
  if (!date) return null;
  const winter = Math.max(
    new Date(date.getFullYear(), 0, 1).getTimezoneOffset(),
    new Date(date.getFullYear(), 6, 1).getTimezoneOffset(),
  );
  return parts(date, (name) => date[`get${name}`](), date.getTimezoneOffset() < winter ? 1 : 0);
}
/** @returns NULL for a time that has no date */
export function gmtime(at: Ref<number>): tm | null {
  const date = dateOf(at, 'gmtime: sourceTime');
  if (!date) return null;
  return parts(date, (name) => date[`getUTC${name}`](), 0);
}

const EINVAL = 22;

function stored(into: tm, time: tm | null, where: string): number {
  checkObject(into, 'a tm', `${where}: tmDest`);
  if (!time) return EINVAL;
  Object.assign(into, time);
  return 0;
}

/** As localtime, into a structure of the caller. */
export function localtime_s(into: tm, at: Ref<number>): number {
  return stored(into, localtime(at), 'localtime_s');
}
export function gmtime_s(into: tm, at: Ref<number>): number {
  return stored(into, gmtime(at), 'gmtime_s');
}

/** The seconds since 1970 of a local time. */
export function mktime(of: tm): number {
  checkObject(of, 'a tm', 'mktime: timeptr');
  const date = new Date(of.tm_year + 1900, of.tm_mon, of.tm_mday, of.tm_hour, of.tm_min, of.tm_sec);
  return Math.floor(date.getTime() / 1000);
}

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (value: number) => String(value).padStart(2, '0');

/** @throws TypeError for what is no tm, RangeError for days and months that have no name */
function checkTime(of: unknown, where: string): asserts of is tm {
  checkObject(of, 'a tm', where);
  const { tm_wday, tm_mon } = of as tm;
  if (DAYS[tm_wday] === undefined || MONTHS[tm_mon] === undefined) {
    throw new RangeError(`${where}: there is no day ${tm_wday} or no month ${tm_mon}`);
  }
}

/** As `Sun Sep 16 01:03:52 1973`, with a line's end. */
export function asctime(of: tm): string {
  checkTime(of, 'asctime: tm');
  const { tm_wday, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, tm_year } = of;
  return `${DAYS[tm_wday]!.slice(0, 3)} ${MONTHS[tm_mon]!.slice(0, 3)} ${two(tm_mday)} ${two(tm_hour)}:${two(tm_min)}:${two(tm_sec)} ${tm_year + 1900}\n`;
}
/** @throws RangeError for a time that has no date */
export function ctime(at: Ref<number>): string {
  const local = localtime(at);
  if (!local) throw new RangeError('ctime: sourceTime has no date');
  return asctime(local);
}

/** Minutes from Greenwich, as `+0130`. */
function offsetOf(of: tm): string {
  const at = new Date(of.tm_year + 1900, of.tm_mon, of.tm_mday, of.tm_hour, of.tm_min);
  const minutes = -at.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${two(hours)}${two(rest)}`;
}

/** The name that the system has for the time zone. */
function zoneOf(of: tm): string {
  const zone = new TIME_ZONE_INFORMATION();
  GetTimeZoneInformation(zone);
  return String(of.tm_isdst > 0 ? zone.DaylightName : zone.StandardName);
}

/** The week of the year, of which the first begins with the first such day. */
const weekOf = (of: tm, firstDay: number) =>
  two(Math.floor((of.tm_yday + 7 - ((of.tm_wday - firstDay + 7) % 7)) / 7));

const FIELDS: Readonly<Record<string, (of: tm) => string>> = {
  a: (of) => DAYS[of.tm_wday]!.slice(0, 3),
  A: (of) => DAYS[of.tm_wday]!,
  b: (of) => MONTHS[of.tm_mon]!.slice(0, 3),
  B: (of) => MONTHS[of.tm_mon]!,
  d: (of) => two(of.tm_mday),
  H: (of) => two(of.tm_hour),
  I: (of) => two(of.tm_hour % 12 || 12),
  j: (of) => String(of.tm_yday + 1).padStart(3, '0'),
  m: (of) => two(of.tm_mon + 1),
  M: (of) => two(of.tm_min),
  p: (of) => (of.tm_hour < 12 ? 'AM' : 'PM'),
  S: (of) => two(of.tm_sec),
  w: (of) => String(of.tm_wday),
  y: (of) => two(of.tm_year % 100),
  Y: (of) => String(of.tm_year + 1900),
  F: (of) => `${of.tm_year + 1900}-${two(of.tm_mon + 1)}-${two(of.tm_mday)}`,
  T: (of) => `${two(of.tm_hour)}:${two(of.tm_min)}:${two(of.tm_sec)}`,
  D: (of) => `${two(of.tm_mon + 1)}/${two(of.tm_mday)}/${two(of.tm_year % 100)}`,
  R: (of) => `${two(of.tm_hour)}:${two(of.tm_min)}`,
  x: (of) => `${two(of.tm_mon + 1)}/${two(of.tm_mday)}/${two(of.tm_year % 100)}`,
  X: (of) => `${two(of.tm_hour)}:${two(of.tm_min)}:${two(of.tm_sec)}`,
  c: (of) =>
    `${two(of.tm_mon + 1)}/${two(of.tm_mday)}/${two(of.tm_year % 100)} ${two(of.tm_hour)}:${two(of.tm_min)}:${two(of.tm_sec)}`,
  C: (of) => two(Math.floor((of.tm_year + 1900) / 100)),
  e: (of) => String(of.tm_mday).padStart(2),
  h: (of) => MONTHS[of.tm_mon]!.slice(0, 3),
  n: () => '\n',
  t: () => '\t',
  r: (of) =>
    `${two(of.tm_hour % 12 || 12)}:${two(of.tm_min)}:${two(of.tm_sec)} ${of.tm_hour < 12 ? 'AM' : 'PM'}`,
  u: (of) => String(of.tm_wday || 7),
  U: (of) => weekOf(of, 0),
  W: (of) => weekOf(of, 1),
  z: offsetOf,
  Z: zoneOf,
  '%': () => '%',
};

/**
 * Years by weeks (`%g`, `%G`, `%V`) are not known.
 *
 * @returns how many characters were written, 0 where they do not fit
 * @throws RangeError for what is no conversion
 */
export function strftime(into: Characters, size: number, template: Text, of: tm): number {
  checkCharacters(into, 'strftime: strDest');
  checkCount(size, 'strftime: maxsize');
  checkTime(of, 'strftime: timeptr');
  const text = str(template).replace(/%#?([a-zA-Z%])/g, (whole, letter: string) => {
    const field = FIELDS[letter];
    if (!field) throw new RangeError(`strftime: ${whole} is not known`);
    return field(of);
  });
  if (text.length >= size) return 0;
  put(into, 0, unitsOf(text, isWide(into)), 'strftime');
  return text.length;
}
