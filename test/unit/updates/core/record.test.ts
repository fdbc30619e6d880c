import { describe, expect, it } from 'vitest';
import {
  afterGoingBack,
  afterMissing,
  afterReady,
  afterStart,
  goingBack,
  readUpdateRecord,
  type UpdateRecord,
  wayBackFrom,
} from '../../../../desktop/updates/core/record';

const passage = { from: '1.0.0', to: '2.0.0', at: '2026-05-01T00:00:00.000Z', starts: 0, ready: false };
const record: UpdateRecord = { passage, seen: { latest: '2026-05-01T00:00:00.000Z' } };
const started = (times: number, more: object = {}): UpdateRecord => ({
  seen: {},
  passage: { ...passage, ...more, starts: times },
});

it.each<[unknown, UpdateRecord]>([
  [undefined, { seen: {} }],
  ['nonsense', { seen: {} }],
  [{ passage: 'no', refused: 3, seen: { latest: 4 } }, { seen: {} }],
  [{ passage: { from: '1' } }, { seen: {} }],
  [{ passage: { from: 1, to: '2' } }, { seen: {} }],
  [
    { passage: { ...passage, at: 5, starts: '5', ready: 'yes', missed: 'yes', back: 'yes', previous: 5, backup: 5 } },
    { passage: { ...passage, at: '' }, seen: {} },
  ],
  [started(1, { backup: { database: 5, copy: '/c' } }), started(1)],
  [started(1, { ready: true }), started(1, { ready: true })],
  [
    { refused: '3.0.0', seen: {} },
    { refused: '3.0.0', seen: {} },
  ],
  [record, record],
  [
    started(2, { previous: '/x', backup: { database: '/d', copy: '/c' } }),
    started(2, { previous: '/x', backup: { database: '/d', copy: '/c' } }),
  ],
  [started(1, { backup: { database: '/d' } }), started(1)],
])('what is in the file is read as far as it makes sense: %j', (content, expected) => {
  expect(readUpdateRecord(content)).toStrictEqual(expected);
  expect(readUpdateRecord(JSON.parse(JSON.stringify(content ?? null)))).toEqual(expected);
});

describe('a new version', () => {
  it('is on trial until it has been ready once', () => {
    const first = afterStart(record, '2.0.0')!;
    expect(first.passage?.starts).toBe(1);
    const ready = afterReady(first, '2.0.0')!;
    expect(ready.passage?.ready).toBe(true);
    expect(afterStart(ready, '2.0.0')).toBeUndefined();
    expect(wayBackFrom(ready, '2.0.0')).toBeUndefined();
    expect(first.seen).toBe(record.seen);
  });

  it('is not on trial under another version: the installation came to nothing', () => {
    expect(afterStart(record, '1.0.0')).toBeUndefined();
    expect(afterReady(record, '1.0.0')).toBeUndefined();
    expect(wayBackFrom(started(5), '1.0.0')).toBeUndefined();
  });

  it('that did not start twice offers the one before, from its file or from the page', () => {
    expect(wayBackFrom(started(1), '2.0.0')).toBeUndefined();
    expect(wayBackFrom(started(2), '2.0.0')).toEqual({ version: '1.0.0', by: 'page', data: false });
    const kept = { previous: '/x', backup: { database: '/d', copy: '/c' } };
    expect(wayBackFrom(started(2, kept), '2.0.0')).toEqual({ version: '1.0.0', by: 'file', data: true });
  });

  it('that the person went back from is remembered, and so is what was seen', () => {
    const back = goingBack(record);
    expect(afterGoingBack(back as UpdateRecord, '1.0.0')).toEqual({ seen: record.seen, refused: '2.0.0' });
  });

  it('that the person could not go back from is still on trial', () => {
    const back = goingBack(started(2)) as UpdateRecord;
    expect(afterGoingBack(back, '2.0.0')).toBeUndefined();
    expect(wayBackFrom(back, '2.0.0')).toMatchObject({ version: '1.0.0' });
    expect(readUpdateRecord(JSON.parse(JSON.stringify(back)))).toEqual(back);
  });

  it('that was never put in place is missed once, by the version that goes on', () => {
    const installed = new Date(record.passage?.at ?? '');
    const later = new Date(installed.getTime() + 3_600_000);
    const missed = afterMissing(record, '1.0.0', later) as UpdateRecord;
    expect(missed.passage).toEqual({ ...record.passage, missed: true });
    expect(afterMissing(readUpdateRecord(JSON.parse(JSON.stringify(missed))), '1.0.0', later)).toBeUndefined();
    expect(afterMissing(record, '2.0.0', later)).toBeUndefined();
    expect(afterMissing(started(1), '1.0.0', later)).toBeUndefined();
    expect(afterMissing(goingBack(record) as UpdateRecord, '1.0.0', later)).toBeUndefined();
    expect(afterMissing({ seen: {} }, '1.0.0', later)).toBeUndefined();
    expect(afterMissing(record, '1.0.0', new Date(installed.getTime() + 600_000))).toBeDefined();
    // The installer may still be at it.
    expect(afterMissing(record, '1.0.0', new Date(installed.getTime() + 60_000))).toBeUndefined();
    // An installer that is slow, or Squirrel at the next quit, may still bring it.
    expect(afterStart(missed, '2.0.0')?.passage?.starts).toBe(1);
  });

  it('that nobody has installed has nothing to prove', () => {
    expect(afterStart({ seen: {} }, '1.0.0')).toBeUndefined();
    expect(afterGoingBack({ seen: {} }, '1.0.0')).toBeUndefined();
    expect(wayBackFrom({ seen: {} }, '1.0.0')).toBeUndefined();
  });

  it('that was never put in place is not refused by the version that goes on', () => {
    expect(afterGoingBack(record, '1.0.0')).toBeUndefined();
  });
});
