import { expect, it } from 'vitest';
import { LIMITS } from '../../../desktop/server/supervisor';
import { defaults } from '../../../desktop/settings/core/settings';
import { limitsFor } from '../../../desktop/startup/limits';

it('reads the limits in the settings, in seconds', () => {
  const limits = limitsFor({ ...defaults(), startLimitSeconds: 45, hangLimitSeconds: 12 }, false);
  expect(limits).toEqual({ ...LIMITS, silentMs: 45_000, hungMs: 12_000 });
});

it.each(['openV1', 'openWebhooks'] as const)('probes an idle server every minute while %s is on', name => {
  expect(limitsFor({ ...defaults(), [name]: true }, false).idleWatchMs).toBe(60_000);
});

it('allows no restart in a --smoke run', () => {
  expect(limitsFor(defaults(), true).restarts).toBe(0);
});
