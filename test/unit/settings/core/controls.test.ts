import { describe, expect, it } from 'vitest';
import {
  CONTROLS,
  type Controls,
  SECTIONS,
  SETTING_KEYS,
  waitingFor,
} from '../../../../desktop/settings/core/controls';
import { defaults, type Settings, withSetting } from '../../../../desktop/settings/core/settings';

it('has a control for each setting, in a section that exists', () => {
  expect([...SETTING_KEYS].sort()).toEqual(Object.keys(defaults()).sort());
  expect(Object.values(CONTROLS).filter(({ section }) => !SECTIONS.includes(section))).toEqual([]);
});

it('does not compile with a control of no setting, without one of a setting, or with one of the wrong kind', () => {
  const { openV1, ...incomplete } = CONTROLS;
  // @ts-expect-error: no such setting
  const more: Controls = { ...incomplete, openV1, noSuchSetting: openV1 };
  // @ts-expect-error: `openV1` has no control
  const fewer: Controls = incomplete;
  // @ts-expect-error: a switch cannot show a number of seconds
  const other: Controls = { ...CONTROLS, startLimitSeconds: { section: 'server', kind: 'switch' } };
  expect([more, fewer, other].map(controls => Object.keys(controls).length - SETTING_KEYS.length)).toEqual([1, -1, 0]);
});

describe('a changed setting waits for a restart of', () => {
  it.each<[keyof Settings, unknown, 'server' | 'app' | undefined]>([
    ['openV1', true, 'server'],
    ['openWebhooks', true, 'server'],
    ['startLimitSeconds', 5, 'server'],
    ['hangLimitSeconds', 5, 'server'],
    ['proxy', 'direct', 'server'],
    ['hardwareAcceleration', 'off', 'app'],
    ['loginShell', false, 'app'],
    ['notifications', false, undefined],
    ['updateChannel', 'beta', undefined],
    ['allowedSites', ['mailto:'], undefined],
    ['runInBackground', 'on', undefined],
  ])('%s = %j: %s', (key, value, restart) => {
    const changed = withSetting(defaults(), key, value);
    for (const which of ['server', 'app'] as const)
      expect(waitingFor(which, changed, defaults())).toEqual(which === restart ? [key] : []);
    expect(waitingFor('server', changed, changed)).toEqual([]);
  });
});
