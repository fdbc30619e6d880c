import { describe, expect, it } from 'vitest';
import { PERIOD_MS, planRestart, RESTARTS, recent } from '../../../../desktop/server/core/restart-policy';

const NOW = 10_000_000;
const exitsBefore = (count: number) => Array.from({ length: count }, (_, number) => NOW - 1_000 * (count - number));

describe('a server that exited', () => {
  it('is restarted after half a second, and the wait doubles each time', () => {
    const waits = [0, 1, 2, 3, 4].map(count => planRestart(exitsBefore(count), NOW, 1)?.waitMs);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
  });

  it('waits for half of that at least, the rest is random', () => {
    expect(planRestart(exitsBefore(2), NOW, 0)).toEqual({ attempt: 3, waitMs: 1_000 });
    expect(planRestart(exitsBefore(2), NOW, 0.5)).toEqual({ attempt: 3, waitMs: 1_500 });
  });

  it('is not restarted after too many exits in a short time', () => {
    expect(planRestart(exitsBefore(RESTARTS - 1), NOW, 0)).toBeDefined();
    expect(planRestart(exitsBefore(RESTARTS), NOW, 0)).toBeUndefined();
  });

  it('is restarted again when its exits are long ago', () => {
    const old = exitsBefore(RESTARTS).map(time => time - PERIOD_MS);
    expect(recent(old, NOW)).toEqual([]);
    expect(recent([NOW - PERIOD_MS, NOW - PERIOD_MS + 1], NOW)).toEqual([NOW - PERIOD_MS + 1]);
    expect(planRestart(old, NOW, 1)).toEqual({ attempt: 1, waitMs: 500 });
  });

  it('is not restarted where the limit is zero', () => {
    expect(planRestart([], NOW, 0, 0)).toBeUndefined();
  });
});
