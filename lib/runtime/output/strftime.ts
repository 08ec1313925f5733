// strftime(3) in local time, with language.md's extensions %f (6 digits of µs), %k (9 digits of ns), %l (3 digits of ms).
//
//   facts  names are those of the C locale; a conversion that does not exist prints as it stands, as glibc does

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAY_MS = 86_400_000;

/** Formats ns since the epoch. `utc`: not the local zone. */
export function strftime(format: string, epochNs: bigint, options: { readonly utc?: boolean } = {}): string {
  let seconds = epochNs / 1_000_000_000n;
  let ns = Number(epochNs % 1_000_000_000n);
  if (ns < 0) {
    ns += 1_000_000_000;
    seconds -= 1n;
  }
  return formatTime(format, new Date(Number(seconds) * 1000), ns, options.utc ?? false);
}

function formatTime(format: string, date: Date, ns: number, utc: boolean): string {
  const time = utc ? fieldsOf(date) : fieldsOf(new Date(date.getTime() - date.getTimezoneOffset() * 60_000));
  const again = (inner: string): string => formatTime(inner, date, ns, utc);
  const hour12 = time.hour % 12 === 0 ? 12 : time.hour % 12;
  // glibc's flags: `_` pads with blanks, `-` not at all, `0` with zeros, `^` upper case
  return format.replace(/%([-_0^]?)(\d*)[EO]?([a-zA-Z%+])/g, (whole: string, flag: string, width: string, letter: string) => {
    const number = (value: number, size: number, fill: '0' | ' ' = '0'): string => {
      const pad = flag === '_' ? ' ' : flag === '0' ? '0' : fill;
      return flag === '-' ? String(value) : String(value).padStart(width === '' ? size : Number(width), pad);
    };
    const word = (text: string): string => (flag === '^' ? text.toUpperCase() : text).padStart(Number(width));
    switch (letter) {
      case 'a': return word(days[time.weekday]!.slice(0, 3));
      case 'A': return word(days[time.weekday]!);
      case 'b': case 'h': return word(months[time.month]!.slice(0, 3));
      case 'B': return word(months[time.month]!);
      case 'c': return again('%a %b %e %H:%M:%S %Y');
      case 'C': return number(Math.floor(time.year / 100), 2);
      case 'd': return number(time.day, 2);
      case 'D': return again('%m/%d/%y');
      case 'e': return number(time.day, 2, ' ');
      case 'f': return String(Math.floor(ns / 1000)).padStart(6, '0');
      case 'F': return again('%Y-%m-%d');
      case 'g': return number(isoWeek(time).year % 100, 2);
      case 'G': return number(isoWeek(time).year, 4);
      case 'H': return number(time.hour, 2);
      case 'I': return number(hour12, 2);
      case 'j': return number(time.yearDay + 1, 3);
      case 'k': return String(ns).padStart(9, '0');
      case 'l': return String(Math.floor(ns / 1_000_000)).padStart(3, '0');
      case 'm': return number(time.month + 1, 2);
      case 'M': return number(time.minute, 2);
      case 'n': return '\n';
      case 'p': return word(time.hour < 12 ? 'AM' : 'PM');
      case 'P': return word(time.hour < 12 ? 'am' : 'pm');
      case 'r': return again('%I:%M:%S %p');
      case 'R': return again('%H:%M');
      case 's': return String(Math.floor(date.getTime() / 1000));
      case 'S': return number(time.second, 2);
      case 't': return '\t';
      case 'T': case 'X': return again('%H:%M:%S');
      case 'u': return number(time.weekday === 0 ? 7 : time.weekday, 1);
      case 'U': return number(Math.floor((time.yearDay + 7 - time.weekday) / 7), 2);
      case 'V': return number(isoWeek(time).week, 2);
      case 'w': return number(time.weekday, 1);
      case 'W': return number(Math.floor((time.yearDay + 7 - ((time.weekday + 6) % 7)) / 7), 2);
      case 'x': return again('%m/%d/%y');
      case 'y': return number(time.year % 100, 2);
      case 'Y': return number(time.year, 1);
      case 'z': return offsetText(utc ? 0 : -date.getTimezoneOffset());
      case 'Z': return word(utc ? 'GMT' : zoneName(date));
      case '%': return '%';
      default: return whole;
    }
  });
}

interface TimeFields {
  readonly year: number; readonly month: number; readonly day: number; readonly hour: number; readonly minute: number; readonly second: number;
  readonly weekday: number;
  /** 0-based */
  readonly yearDay: number;
}

/** The fields of a date whose UTC reading is the wanted local time. */
function fieldsOf(date: Date): TimeFields {
  const year = date.getUTCFullYear();
  return {
    year, month: date.getUTCMonth(), day: date.getUTCDate(), hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0, 1)) / DAY_MS),
  };
}

/** Weeks start on Monday; week 1 holds the first Thursday of its year. */
function isoWeek({ year, month, day, weekday }: TimeFields): { year: number; week: number } {
  const thursday = new Date(Date.UTC(year, month, day + 3 - ((weekday + 6) % 7)));
  const its = thursday.getUTCFullYear();
  return { year: its, week: 1 + Math.floor((thursday.getTime() - Date.UTC(its, 0, 1)) / DAY_MS / 7) };
}

function offsetText(minutes: number): string {
  const part = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${part(Math.abs(minutes) / 60)}${part(Math.abs(minutes) % 60)}`;
}

/** Abbreviations are known to the locales of where they are used; a zone that nobody abbreviates is its offset, as in the zone database. */
function zoneName(date: Date): string {
  for (const locale of ['en-US', 'en-GB', 'en-AU', 'en-IN']) {
    const name = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts(date).find((part) => part.type === 'timeZoneName')?.value;
    if (name !== undefined && !/^(GMT|UTC)[+-]/.test(name)) return name;
  }
  return offsetText(-date.getTimezoneOffset()).replace(/00$/, '');
}
