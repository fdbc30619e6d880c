import type { Platform } from '../../system/core/platform';

/** Returns the user's folder for caches. A path in the variable that is not absolute is ignored, as XDG demands. */
export function cacheFolder({ caches, absolutePath }: Platform, env: NodeJS.ProcessEnv, home: string): string {
  const named = caches.variable === undefined ? undefined : env[caches.variable];
  return named !== undefined && absolutePath.test(named) ? named : `${home}/${caches.inHome}`;
}
