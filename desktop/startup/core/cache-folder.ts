import type { Platform } from '../../system/core/platform';

/** Returns the user's folder for caches. A relative path in the variable is ignored, as XDG demands. */
export function cacheFolder({ caches }: Platform, env: NodeJS.ProcessEnv, home: string): string {
  const named = caches.variable === undefined ? undefined : env[caches.variable];
  return named !== undefined && /^([/\\]|[A-Za-z]:[/\\])/.test(named) ? named : `${home}/${caches.inHome}`;
}
