/** The state of updates that is saved between starts, in `update.json` in the profile. */

export interface UpdateRecord {
  /** The last upgrade. It is pending until the server of the new version has been ready once. */
  pending?: PendingUpgrade;
  /** The version that the user rolled back. */
  refused?: string;
  /** The date of the newest trusted manifest, by channel. */
  seen: Readonly<Record<string, string>>;
}

export interface PendingUpgrade {
  from: string;
  to: string;
  /** Time of the installation, as ISO 8601. */
  at: string;
  /** Number of times the new version was started. */
  starts: number;
  ready: boolean;
  /** The new version was not installed, and the user was notified. */
  notInstalled?: true;
  /** The user has requested a rollback. It is complete when the previous version runs. */
  rolledBack?: true;
  /** The file of the previous version, if it was kept. */
  previous?: string;
  /** The backup of the data, if there is one. */
  backup?: Backup;
}

/** Paths of a database and of its copy. */
export interface Backup {
  database: string;
  copy: string;
}

/** A rollback is offered after this many starts that did not become ready. */
const FAILED_STARTS = 2;

/** Reads the content of the file. Omits invalid values. */
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

/** Returns the content of the file. Its keys must not change, because older versions read it after a rollback. */
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

/** Returns the record after a start of this version; undefined when the version is not on trial. */
export function afterStart({ pending, ...rest }: UpdateRecord, version: string): UpdateRecord | undefined {
  if (!isOnTrial(pending, version)) return undefined;
  return { ...rest, pending: { ...pending, starts: pending.starts + 1 } };
}

/** Returns the record after the server was ready, which ends the trial; undefined when the version is not on trial. */
export function afterReady({ pending, ...rest }: UpdateRecord, version: string): UpdateRecord | undefined {
  return isOnTrial(pending, version) ? { ...rest, pending: { ...pending, ready: true } } : undefined;
}

/** Returns the record before a rollback. The rollback can still fail: an installer may be denied or killed. */
export function afterRollbackRequested({ pending, ...rest }: UpdateRecord): UpdateRecord | undefined {
  return pending && { ...rest, pending: { ...pending, rolledBack: true } };
}

/** Returns the record after a rollback, when the previous version runs: the new version is refused from now on. */
export function afterRollback({ seen, pending }: UpdateRecord, version: string): UpdateRecord | undefined {
  return pending?.rolledBack && pending.from === version ? { seen, refused: pending.to } : undefined;
}

/** The longest time an installer may take. */
const MAX_INSTALL_MS = 10 * 60_000;

/**
 * Returns the record after an installer that never ran, so that the old version still runs. Returns undefined when the
 * user was notified already, or this is not the old version.
 */
export function afterNotInstalled(
  { pending, ...rest }: UpdateRecord,
  version: string,
  now: Date,
): UpdateRecord | undefined {
  const notInstalled =
    pending?.from === version && pending.starts === 0 && !pending.rolledBack && !pending.notInstalled;
  if (!notInstalled || now.getTime() - Date.parse(pending.at) < MAX_INSTALL_MS) return undefined;
  return { ...rest, pending: { ...pending, notInstalled } };
}

/** The rollback that is offered when a new version does not start. */
export interface RollbackOption {
  version: string;
  /** `file`: the previous version is on this machine; `page`: the user has to download it. */
  by: 'file' | 'page';
  /** There is a backup of the data from before the update. */
  data: boolean;
}

/** Returns the rollback to offer; undefined unless this version is on trial and has failed to start. */
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
