/** The silence of a start is measured in steps. If a step took this much longer, this process was suspended. */
const SILENCE_STEP_MS = 1_000;
const STEP_DELAY_MS = 1_500;

/** Longer than the time limit of a probe. */
const SUSPENDED_MS = { least: 3_000, most: 10_000 };

/** If a probe and the wait before it took this much longer than the wait, this process itself was suspended. */
export function suspensionMs(hungMs: number): number {
  return Math.min(SUSPENDED_MS.most, Math.max(SUSPENDED_MS.least, hungMs / 2));
}

/**
 * Calls `onSilent` after `silentMs` without `reset`, until `signal` is aborted. A step during which this process was
 * suspended does not count. `isSilent`: whether there was no `reset` since.
 */
export function startSilenceTimer(
  silentMs: number,
  signal: AbortSignal,
  onSilent: (isSilent: () => boolean) => void,
): { reset(): void } {
  let timer: NodeJS.Timeout | undefined;
  let silentForMs = 0;
  const isSilent = () => silentForMs >= silentMs;
  const startStep = () => {
    const startedAt = performance.now();
    const stepMs = Math.min(SILENCE_STEP_MS, silentMs - silentForMs);
    timer = setTimeout(() => {
      const tookMs = performance.now() - startedAt;
      silentForMs = tookMs > stepMs + STEP_DELAY_MS ? 0 : silentForMs + tookMs;
      if (isSilent()) onSilent(isSilent);
      else startStep();
    }, stepMs);
  };
  const reset = () => {
    clearTimeout(timer);
    silentForMs = 0;
    if (!signal.aborted) startStep();
  };
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  reset();
  return { reset };
}
