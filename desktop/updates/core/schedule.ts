/** When to look for updates unasked, and when to leave it. */

const MINUTE_MS = 60_000;
/** After the first paint, when the start has everything to itself no more. */
const FIRST_MS = 20_000;
const EVERY_MS = 4 * 60 * MINUTE_MS;
/** After a look that failed: soon, for a network that was just not there yet. */
const AGAIN_MS = 15 * MINUTE_MS;

export type Looked = 'not-yet' | 'done' | 'failed';

/** How long until the next look. `random` is from 0 to 1: not all machines of the world ask at once. */
export function untilNextLook(last: Looked, random: number): number {
  const wait = last === 'not-yet' ? FIRST_MS : last === 'failed' ? AGAIN_MS : EVERY_MS;
  return Math.round(wait * (0.75 + 0.5 * random));
}

export interface Circumstances {
  autoUpdateEnabled: boolean;
  autoInstallUpdates: boolean;
  online: boolean;
  /** The connection is paid by the byte, as far as the system says. */
  metered: boolean;
  /** The version that the person went back from, for which nothing is done unasked. */
  refused?: string | undefined;
}

/** Why not to look now; undefined to look. */
export function reasonNotToLook({ autoUpdateEnabled, online }: Circumstances): string | undefined {
  if (!autoUpdateEnabled) return 'automatic checks are off';
  return online ? undefined : 'there is no network';
}

/** Why not to download a version that was found; undefined to do it. */
export function reasonNotToDownload(now: Circumstances, version: string): string | undefined {
  if (!now.autoInstallUpdates) return 'it waits for the person';
  if (now.refused === version) return 'the person went back from it';
  return now.metered ? 'the connection is metered' : undefined;
}
