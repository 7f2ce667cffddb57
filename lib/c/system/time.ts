import type { Ref } from '../../ffi/index.ts';
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
  if (into) into.value = now;
  return now;
}

/** Milliseconds that the program has run: Windows counts the time that has passed. */
export const clock = (): number => Math.round(performance.now() - started);
export const difftime = (end: number, start: number): number => end - start;

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

export function localtime(at: Ref<number>): tm | null {
  const date = new Date(at.value * 1000);
  const winter = Math.max(
    new Date(date.getFullYear(), 0, 1).getTimezoneOffset(),
    new Date(date.getFullYear(), 6, 1).getTimezoneOffset(),
  );
  return parts(date, (name) => date[`get${name}`](), date.getTimezoneOffset() < winter ? 1 : 0);
}
export function gmtime(at: Ref<number>): tm | null {
  const date = new Date(at.value * 1000);
  return parts(date, (name) => date[`getUTC${name}`](), 0);
}

/** As localtime, into a structure of the caller. */
export function localtime_s(into: tm, at: Ref<number>): number {
  Object.assign(into, localtime(at));
  return 0;
}
export function gmtime_s(into: tm, at: Ref<number>): number {
  Object.assign(into, gmtime(at));
  return 0;
}

/** The seconds since 1970 of a local time. */
export function mktime(of: tm): number {
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

/** As `Sun Sep 16 01:03:52 1973`, with a line's end. */
export function asctime(of: tm): string {
  const { tm_wday, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, tm_year } = of;
  return `${DAYS[tm_wday]!.slice(0, 3)} ${MONTHS[tm_mon]!.slice(0, 3)} ${two(tm_mday)} ${two(tm_hour)}:${two(tm_min)}:${two(tm_sec)} ${tm_year + 1900}\n`;
}
export const ctime = (at: Ref<number>): string => asctime(localtime(at)!);

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
  '%': () => '%',
};

/** @returns how many characters were written, 0 where they do not fit */
export function strftime(into: Characters, size: number, template: Text, of: tm): number {
  const text = str(template).replace(
    /%#?([a-zA-Z%])/g,
    (whole, letter: string) => FIELDS[letter]?.(of) ?? whole,
  );
  if (text.length >= size) return 0;
  put(into, 0, unitsOf(text, into instanceof Uint16Array), 'strftime');
  return text.length;
}
