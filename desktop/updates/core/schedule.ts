/** When to check for updates automatically, and when not to. */

const MINUTE_MS = 60_000;
/** After the first paint, so that the check does not delay the start. */
const FIRST_MS = 20_000;
const EVERY_MS = 4 * 60 * MINUTE_MS;
/** After a check that failed: soon, because the network may only have been late. */
const AGAIN_MS = 15 * MINUTE_MS;

export type Looked = 'not-yet' | 'done' | 'failed';

/** How long until the next check. `random` is from 0 to 1, so that not all machines check at once. */
export function untilNextLook(last: Looked, random: number): number {
  const wait = last === 'not-yet' ? FIRST_MS : last === 'failed' ? AGAIN_MS : EVERY_MS;
  return Math.round(wait * (0.75 + 0.5 * random));
}

export interface Circumstances {
  autoUpdateEnabled: boolean;
  autoInstallUpdates: boolean;
  online: boolean;
  /** The system says that the connection is paid by the byte. */
  metered: boolean;
  /** The version that the user rolled back. It is not downloaded automatically. */
  refused?: string | undefined;
}

/** Why not to check now; undefined to check. */
export function reasonNotToLook({ autoUpdateEnabled, online }: Circumstances): string | undefined {
  if (!autoUpdateEnabled) return 'automatic checks are off';
  return online ? undefined : 'there is no network';
}

/** Why not to download a version; undefined to download it. */
export function reasonNotToDownload(now: Circumstances, version: string): string | undefined {
  if (!now.autoInstallUpdates) return 'it waits for the user';
  if (now.refused === version) return 'the user rolled it back';
  return now.metered ? 'the connection is metered' : undefined;
}
