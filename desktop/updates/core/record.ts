/** What the shell remembers of updates from one start to the next: `update.json` in its profile. */

export interface UpdateRecord {
  /** The way from one version to another, until the new one has been ready once. */
  passage?: Passage;
  /** The version that the person went back from. */
  refused?: string;
  /** The date of the newest manifest that was ever believed, by channel. */
  seen: Readonly<Record<string, string>>;
}

export interface Passage {
  from: string;
  to: string;
  /** When it was installed, as ISO 8601. */
  at: string;
  /** How often the new version has begun to start. */
  starts: number;
  ready: boolean;
  /** It was not installed after all, and the person knows. */
  missed?: true;
  /** The person has gone back; it is over when the version before runs. */
  back?: true;
  /** The file of the version before, where one could be kept. */
  previous?: string;
  /** The copy of the data, and of what it is one. */
  backup?: Backup;
}

export interface Backup {
  database: string;
  copy: string;
}

/** Starts that did not reach ready, after which the version before is offered. */
const FAILURES = 2;

/** Reads what the file held; what makes no sense is left out. */
export function readUpdateRecord(content: unknown): UpdateRecord {
  const { passage, refused, seen } = asRecord(content);
  const read = readPassage(asRecord(passage));
  const dates = Object.entries(asRecord(seen)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    ...(read ? { passage: read } : {}),
    ...(typeof refused === 'string' ? { refused } : {}),
    seen: Object.fromEntries(dates),
  };
}

/** A start has begun; undefined when it is no news, because this version has nothing to prove. */
export function afterStart({ passage, ...rest }: UpdateRecord, version: string): UpdateRecord | undefined {
  if (!isOnTrial(passage, version)) return undefined;
  return { ...rest, passage: { ...passage, starts: passage.starts + 1 } };
}

/** It is ready: from now on this is the version that is known to start. */
export function afterReady({ passage, ...rest }: UpdateRecord, version: string): UpdateRecord | undefined {
  return isOnTrial(passage, version) ? { ...rest, passage: { ...passage, ready: true } } : undefined;
}

/** The person goes back. That can come to nothing yet: an installer may be refused, or killed. */
export function goingBack({ passage, ...rest }: UpdateRecord): UpdateRecord | undefined {
  return passage && { ...rest, passage: { ...passage, back: true } };
}

/** The version before runs again: the other one is not installed unasked any more. */
export function afterGoingBack({ seen, passage }: UpdateRecord, version: string): UpdateRecord | undefined {
  return passage?.back && passage.from === version ? { seen, refused: passage.to } : undefined;
}

/** So long an installer may take. */
const INSTALLS_MS = 10 * 60_000;

/** This version still runs: whatever was to put the other one in its place has not. Undefined when that is no news. */
export function afterMissing({ passage, ...rest }: UpdateRecord, version: string, now: Date): UpdateRecord | undefined {
  const missed = passage?.from === version && passage.starts === 0 && !passage.back && !passage.missed;
  if (!missed || now.getTime() - Date.parse(passage.at) < INSTALLS_MS) return undefined;
  return { ...rest, passage: { ...passage, missed } };
}

/** What a person can do about a new version that does not start. */
export interface WayBack {
  version: string;
  /** The version before lies on this machine; otherwise there is the page where it can be had. */
  by: 'file' | 'page';
  /** There is a copy of the data as it was before the update. */
  data: boolean;
}

/** Undefined as long as there is nothing to go back from. */
export function wayBackFrom({ passage }: UpdateRecord, version: string): WayBack | undefined {
  if (!isOnTrial(passage, version) || passage.starts < FAILURES) return undefined;
  const by = passage.previous === undefined ? 'page' : 'file';
  return { version: passage.from, by, data: passage.backup !== undefined };
}

function isOnTrial(passage: Passage | undefined, version: string): passage is Passage {
  return passage?.to === version && !passage.ready;
}

function readPassage(content: Record<string, unknown>): Passage | undefined {
  const { from, to, at, starts, ready, missed, back, previous, backup } = content;
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const { database, copy } = asRecord(backup);
  return {
    from,
    to,
    at: typeof at === 'string' ? at : '',
    starts: typeof starts === 'number' ? starts : 0,
    ready: ready === true,
    ...(missed === true ? { missed } : {}),
    ...(back === true ? { back } : {}),
    ...(typeof previous === 'string' ? { previous } : {}),
    ...(typeof database === 'string' && typeof copy === 'string' ? { backup: { database, copy } } : {}),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
