/** The silence of a start is measured in steps. If a step took this much longer, this process was suspended. */
const SILENCE_STEP_MS = 1_000;
const STEP_DELAY_MS = 1_500;

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
