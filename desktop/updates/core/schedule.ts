/** Decides when to check for updates and when to download them automatically. */

const MINUTE_MS = 60_000;
/** Time from the first paint to the first check, so that the check does not delay the start. */
const FIRST_MS = 20_000;
const INTERVAL_MS = 4 * 60 * MINUTE_MS;
/** Time to the next check after a failed check: short, because the network may not have been ready yet. */
const RETRY_MS = 15 * MINUTE_MS;

export type LastCheck = 'not-yet' | 'done' | 'failed';

/** Returns the time to the next check. `random` is from 0 to 1, so that not all machines check at once. */
export function msUntilNextCheck(last: LastCheck, random: number): number {
  const wait = last === 'not-yet' ? FIRST_MS : last === 'failed' ? RETRY_MS : INTERVAL_MS;
  return Math.round(wait * (0.75 + 0.5 * random));
}

export interface Circumstances {
  autoUpdateEnabled: boolean;
  autoInstallUpdates: boolean;
  online: boolean;
  /** The system reports that the connection is metered. */
  metered: boolean;
  /** The version that the user rolled back. It is not downloaded automatically. */
  rolledBack?: string | undefined;
}

/** Returns the reason not to check now; undefined to check. */
export function reasonNotToCheck({ autoUpdateEnabled, online }: Circumstances): string | undefined {
  if (!autoUpdateEnabled) return 'automatic checks are off';
  return online ? undefined : 'there is no network';
}

/** Returns the reason not to download a version; undefined to download it. */
export function reasonNotToDownload(now: Circumstances, version: string): string | undefined {
  if (!now.autoInstallUpdates) return 'it waits for the user';
  if (now.rolledBack === version) return 'the user rolled it back';
  return now.metered ? 'the connection is metered' : undefined;
}
