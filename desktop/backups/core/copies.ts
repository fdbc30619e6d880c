/** The copies that the app makes by itself, as their names describe them. */

export interface Copy {
  /** Made before another version opened the data, or before a restore. */
  kind: 'upgrade' | 'restore';
  atMs: number;
  /** Versions that used the data last; undefined if the name does not tell. */
  cachibot?: string;
  app?: string;
}

const NAME =
  /^(?:before-restore|cachibot-([0-9A-Za-z.+-]+))-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:-\d+)?\.(?:db|cachibot-backup)$/;

/** Returns what the name of a file in the folder of copies says; undefined for another file. */
export function describeCopy(name: string): Copy | undefined {
  const [, versions, ...time] = NAME.exec(name) ?? [];
  if (time.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = time.map(Number);
  const atMs = Date.UTC(year, month - 1, day, hours, minutes, seconds);
  if (versions === undefined) return { kind: 'restore', atMs };
  const [cachibot, app] = versions.split(/-?app-/);
  return {
    kind: 'upgrade',
    atMs,
    ...(cachibot && cachibot !== 'unknown' ? { cachibot } : {}),
    ...(app ? { app } : {}),
  };
}

const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** Returns a size with two digits, in the units of the system's file managers. */
export function sizeAsText(bytes: number): string {
  let size = bytes / 1000;
  let unit = 0;
  for (; size >= 1000 && unit < UNITS.length - 1; unit++) size /= 1000;
  return `${size < 10 ? Math.max(0.1, Math.round(size * 10) / 10) : Math.round(size)} ${UNITS[unit]}`;
}
