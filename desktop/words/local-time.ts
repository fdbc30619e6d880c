/** Formats a time, in milliseconds since 1970, in the user's language and time zone: date, hour and minute. */
export function localTime(ms: number): string {
  // Not at the top of the module: the first format loads its data, which takes 11 ms of a start.
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}
