import { setTimeout as delay } from 'node:timers/promises';

/** Something that may pass only when the gate is open. */
export interface Gate {
  open(): void;
  /** Resolves when the gate is open. */
  readonly opened: Promise<void>;
}

/** Returns a gate that opens by itself after a time, so that a caller that never opens it delays nothing for ever. */
export function createGate(limitMs: number): Gate {
  const limit = new AbortController();
  const opened = delay(limitMs, undefined, { signal: limit.signal }).catch(() => {});
  return { open: () => limit.abort(), opened };
}
