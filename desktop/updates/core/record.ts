/** State of updates kept between starts: `update.json` in the profile. */

export interface UpdateRecord {
  /** The last upgrade. It is pending until the new version has been ready once. */
  pending?: PendingUpgrade;
  /** The version that the user rolled back. */
  refused?: string;
  /** The date of the newest trusted manifest, by channel. */
  seen: Readonly<Record<string, string>>;
}

export interface PendingUpgrade {
  from: string;
  to: string;
  /** When it was installed, as ISO 8601. */
  at: string;
  /** Number of times the new version was started. */
  starts: number;
  ready: boolean;
  /** The new version was not installed after all, and the user knows. */
  notInstalled?: true;
  /** The user has rolled back. The rollback is complete when the previous version runs. */
  rolledBack?: true;
  /** The file of the previous version, where one could be kept. */
  previous?: string;
  /** The copy of the data, and the database it was made of. */
  backup?: Backup;
}

export interface Backup {
  database: string;
  copy: string;
}

/** After this many starts that did not become ready, the previous version is offered. */
const FAILED_STARTS = 2;

/** Reads the content of the file; leaves out what makes no sense. */
export function readUpdateRecord(content: unknown): UpdateRecord {
  const { passage, refused, seen } = asRecord(content);
  const pending = readPending(asRecord(passage));
  const dates = Object.entries(asRecord(seen)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    ...(pending ? { pending } : {}),
    ...(typeof refused === 'string' ? { refused } : {}),
    seen: Object.fromEntries(dates),
  };
}

/** The content of the file. Its keys stay as they are: older versions read it after a rollback. */
export function fileContentOf({ pending, ...rest }: UpdateRecord): unknown {
  if (pending === undefined) return rest;
  const { notInstalled, rolledBack, ...upgrade } = pending;
  const passage = {
    ...upgrade,
    ...(notInstalled ? { missed: true } : {}),
    ...(rolledBack ? { back: true } : {}),
  };
  return { passage, ...rest };
}

/** A start has begun; undefined when this version is not on trial. */
export function afterStart({ pending, ...rest }: UpdateRecord, version: string): UpdateRecord | undefined {
  if (!isOnTrial(pending, version)) return undefined;
  return { ...rest, pending: { ...pending, starts: pending.starts + 1 } };
}

/** The server is ready: from now on this version is known to start. Undefined when it was not on trial. */
export function afterReady({ pending, ...rest }: UpdateRecord, version: string): UpdateRecord | undefined {
  return isOnTrial(pending, version) ? { ...rest, pending: { ...pending, ready: true } } : undefined;
}

/** The user rolls back. The rollback can still fail: an installer may be refused, or killed. */
export function rollingBack({ pending, ...rest }: UpdateRecord): UpdateRecord | undefined {
  return pending && { ...rest, pending: { ...pending, rolledBack: true } };
}

/** The previous version runs again: the other one is not installed automatically any more. */
export function afterRollback({ seen, pending }: UpdateRecord, version: string): UpdateRecord | undefined {
  return pending?.rolledBack && pending.from === version ? { seen, refused: pending.to } : undefined;
}

/** The longest time an installer may take. */
const INSTALLS_MS = 10 * 60_000;

/** The installer never ran: the old version still runs. Undefined when the user knows, or this is not the old version. */
export function afterNotInstalled(
  { pending, ...rest }: UpdateRecord,
  version: string,
  now: Date,
): UpdateRecord | undefined {
  const notInstalled =
    pending?.from === version && pending.starts === 0 && !pending.rolledBack && !pending.notInstalled;
  if (!notInstalled || now.getTime() - Date.parse(pending.at) < INSTALLS_MS) return undefined;
  return { ...rest, pending: { ...pending, notInstalled } };
}

/** Ways back from a new version that does not start. */
export interface RollbackOption {
  version: string;
  /** `file`: the previous version is on this machine; `page`: it has to be downloaded. */
  by: 'file' | 'page';
  /** There is a copy of the data as it was before the update. */
  data: boolean;
}

/** Undefined unless this version is on trial and has failed to start. */
export function rollbackOptionFor({ pending }: UpdateRecord, version: string): RollbackOption | undefined {
  if (!isOnTrial(pending, version) || pending.starts < FAILED_STARTS) return undefined;
  const by = pending.previous === undefined ? 'page' : 'file';
  return { version: pending.from, by, data: pending.backup !== undefined };
}

function isOnTrial(pending: PendingUpgrade | undefined, version: string): pending is PendingUpgrade {
  return pending?.to === version && !pending.ready;
}

function readPending(content: Record<string, unknown>): PendingUpgrade | undefined {
  const { from, to, at, starts, ready, missed, back, previous, backup } = content;
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const { database, copy } = asRecord(backup);
  return {
    from,
    to,
    at: typeof at === 'string' ? at : '',
    starts: typeof starts === 'number' ? starts : 0,
    ready: ready === true,
    ...(missed === true ? { notInstalled: true } : {}),
    ...(back === true ? { rolledBack: true } : {}),
    ...(typeof previous === 'string' ? { previous } : {}),
    ...(typeof database === 'string' && typeof copy === 'string' ? { backup: { database, copy } } : {}),
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
