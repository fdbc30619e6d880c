import { LIMITS, type Limits } from '../server/supervisor';
import type { Settings } from '../settings/core/settings';

/** Between two probes of an idle server that other programs may use. */
const SHARED_IDLE_WATCH_MS = 60_000;

/** Returns the limits of the next start of the server. A --smoke run reports the first failure. */
export function limitsFor(settings: Settings, isSmoke: boolean): Limits {
  const { startLimitSeconds, hangLimitSeconds, openV1, openWebhooks } = settings;
  return {
    ...LIMITS,
    restarts: isSmoke ? 0 : LIMITS.restarts,
    idleWatchMs: openV1 || openWebhooks ? SHARED_IDLE_WATCH_MS : LIMITS.idleWatchMs,
    silentMs: startLimitSeconds * 1000,
    hungMs: hangLimitSeconds * 1000,
  };
}
