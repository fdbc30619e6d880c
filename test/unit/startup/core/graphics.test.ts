import { expect, it } from 'vitest';
import { afterDeath, countDeath, readGraphicsRecord, whySoftware } from '../../../../desktop/startup/core/graphics';

const record = { versions: 'CachiBot 1; driver 1', told: true };

it.each([
  ['auto', undefined, 'CachiBot 1; driver 1', undefined],
  ['off', undefined, 'CachiBot 1; driver 1', 'setting'],
  ['auto', record, 'CachiBot 1; driver 1', 'crashes'],
  ['off', record, 'CachiBot 1; driver 1', 'setting'],
  ['auto', record, 'CachiBot 2; driver 1', undefined],
  ['auto', record, 'CachiBot 1; driver 2', undefined],
] as const)('with %s, the record %j and %s, the reason is %s', (setting, known, versions, why) => {
  expect(whySoftware(setting, known, versions)).toBe(why);
});

it('relaunches at the third death, and exits at the next, before Chromium aborts', () => {
  expect([1, 2, 3, 4, 5].map(count => afterDeath(count, false))).toEqual([
    'continue',
    'continue',
    'relaunch',
    'exit',
    'exit',
  ]);
});

it('forgives one death in five minutes, as Chromium does', () => {
  const MINUTE_MS = 60_000;
  expect(countDeath(0, MINUTE_MS)).toBe(1);
  expect(countDeath(2, 4.9 * MINUTE_MS)).toBe(3);
  expect(countDeath(2, 5 * MINUTE_MS)).toBe(2);
  expect(countDeath(2, 60 * MINUTE_MS)).toBe(1);
});

it('does not relaunch without acceleration, because that changes nothing', () => {
  expect([3, 4].map(count => afterDeath(count, true))).toEqual(['continue', 'continue']);
});

it.each([undefined, null, 'x', [], {}, { versions: 1 }])('%j is not a record', content => {
  expect(readGraphicsRecord(content)).toBeUndefined();
});

it.each<[unknown, ReturnType<typeof readGraphicsRecord>]>([
  [
    { versions: '1', told: true },
    { versions: '1', told: true },
  ],
  [
    { versions: '1', told: false },
    { versions: '1', told: false },
  ],
  [
    { versions: '1', told: 'yes' },
    { versions: '1', told: false },
  ],
  [{ versions: '1' }, { versions: '1', told: false }],
  [{ versions: 1, told: true }, undefined],
  [{}, undefined],
  [null, undefined],
  [undefined, undefined],
  ['versions', undefined],
])('reads %j as the record %j', (content, expected) => {
  expect(readGraphicsRecord(content)).toEqual(expected);
});
