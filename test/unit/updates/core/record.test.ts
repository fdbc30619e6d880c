import { describe, expect, it } from 'vitest';
import {
  afterNotInstalled,
  afterReady,
  afterRollback,
  afterRollbackRequested,
  afterStart,
  fileContentOf,
  readUpdateRecord,
  rollbackOptionFor,
  type UpdateRecord,
} from '../../../../desktop/updates/core/record';

const pending = { from: '1.0.0', to: '2.0.0', at: '2026-05-01T00:00:00.000Z', starts: 0, ready: false };
const record: UpdateRecord = { pending, seen: { latest: '2026-05-01T00:00:00.000Z' } };
const started = (times: number, more: object = {}): UpdateRecord => ({
  seen: {},
  pending: { ...pending, ...more, starts: times },
});
/** The record as the next start reads it. */
const reread = (content: UpdateRecord) => readUpdateRecord(JSON.parse(JSON.stringify(fileContentOf(content))));

it.each<[unknown, UpdateRecord]>([
  [undefined, { seen: {} }],
  [null, { seen: {} }],
  ['nonsense', { seen: {} }],
  [{ passage: 'no', refused: 3, seen: { latest: 4 } }, { seen: {} }],
  [{ passage: { from: '1' } }, { seen: {} }],
  [{ passage: { from: 1, to: '2' } }, { seen: {} }],
  [
    { passage: { ...pending, at: 5, starts: '5', ready: 'yes', missed: 'yes', back: 'yes', previous: 5, backup: 5 } },
    { pending: { ...pending, at: '' }, seen: {} },
  ],
  [{ passage: { ...pending, backup: { database: 5, copy: '/c' } } }, started(0)],
  [{ passage: { ...pending, backup: { database: '/d' } } }, started(0)],
  [{ passage: { ...pending, ready: true } }, started(0, { ready: true })],
  [{ passage: { ...pending, missed: true } }, started(0, { notInstalled: true })],
  [{ passage: { ...pending, back: true } }, started(0, { rolledBack: true })],
  [
    { refused: '3.0.0', seen: {} },
    { refused: '3.0.0', seen: {} },
  ],
  [{ passage: pending, seen: record.seen }, record],
])('reads the valid values of the file: %j', (content, expected) => {
  expect(readUpdateRecord(content)).toStrictEqual(expected);
});

it.each<[UpdateRecord, unknown]>([
  [
    { refused: '3.0.0', seen: {} },
    { refused: '3.0.0', seen: {} },
  ],
  [record, { passage: pending, seen: record.seen }],
  [
    started(2, { notInstalled: true, rolledBack: true, previous: '/x', backup: { database: '/d', copy: '/c' } }),
    {
      passage: {
        ...pending,
        starts: 2,
        missed: true,
        back: true,
        previous: '/x',
        backup: { database: '/d', copy: '/c' },
      },
      seen: {},
    },
  ],
])('writes the keys that older versions read, and reads the same record again: %j', (kept, content) => {
  expect(fileContentOf(kept)).toStrictEqual(content);
  expect(reread(kept)).toStrictEqual(kept);
});

describe('a new version', () => {
  it('is on trial until it has been ready once', () => {
    const first = afterStart(record, '2.0.0')!;
    expect(first.pending?.starts).toBe(1);
    const ready = afterReady(first, '2.0.0')!;
    expect(ready.pending?.ready).toBe(true);
    expect(afterStart(ready, '2.0.0')).toBeUndefined();
    expect(rollbackOptionFor(ready, '2.0.0')).toBeUndefined();
    expect(first.seen).toBe(record.seen);
  });

  it('is not on trial while another version runs: the installation failed', () => {
    expect(afterStart(record, '1.0.0')).toBeUndefined();
    expect(afterReady(record, '1.0.0')).toBeUndefined();
    expect(rollbackOptionFor(started(5), '1.0.0')).toBeUndefined();
  });

  it('offers the previous version after two failed starts, from its file or from the page', () => {
    expect(rollbackOptionFor(started(1), '2.0.0')).toBeUndefined();
    expect(rollbackOptionFor(started(2), '2.0.0')).toEqual({ version: '1.0.0', by: 'page', data: false });
    const kept = { previous: '/x', backup: { database: '/d', copy: '/c' } };
    expect(rollbackOptionFor(started(2, kept), '2.0.0')).toEqual({ version: '1.0.0', by: 'file', data: true });
  });

  it('is refused after a rollback, and the dates of manifests are kept', () => {
    const back = afterRollbackRequested(record);
    expect(afterRollback(back as UpdateRecord, '1.0.0')).toEqual({ seen: record.seen, refused: '2.0.0' });
  });

  it('is still on trial after a failed rollback', () => {
    const back = afterRollbackRequested(started(2)) as UpdateRecord;
    expect(afterRollback(back, '2.0.0')).toBeUndefined();
    expect(rollbackOptionFor(back, '2.0.0')).toMatchObject({ version: '1.0.0' });
    expect(reread(back)).toEqual(back);
  });

  it('is reported once by the old version if it was not installed', () => {
    const installed = new Date(pending.at);
    const later = new Date(installed.getTime() + 3_600_000);
    const reported = afterNotInstalled(record, '1.0.0', later) as UpdateRecord;
    expect(reported.pending).toEqual({ ...pending, notInstalled: true });
    expect(afterNotInstalled(reread(reported), '1.0.0', later)).toBeUndefined();
    expect(afterNotInstalled(record, '2.0.0', later)).toBeUndefined();
    expect(afterNotInstalled(started(1), '1.0.0', later)).toBeUndefined();
    expect(afterNotInstalled(afterRollbackRequested(record) as UpdateRecord, '1.0.0', later)).toBeUndefined();
    expect(afterNotInstalled({ seen: {} }, '1.0.0', later)).toBeUndefined();
    expect(afterNotInstalled(record, '1.0.0', new Date(installed.getTime() + 600_000))).toBeDefined();
    // The installer may still be running.
    expect(afterNotInstalled(record, '1.0.0', new Date(installed.getTime() + 60_000))).toBeUndefined();
    // A slow installer, or Squirrel at the next quit, may still install it.
    expect(afterStart(reported, '2.0.0')?.pending?.starts).toBe(1);
  });

  it('is not on trial without an upgrade', () => {
    expect(afterStart({ seen: {} }, '1.0.0')).toBeUndefined();
    expect(afterRollback({ seen: {} }, '1.0.0')).toBeUndefined();
    expect(rollbackOptionFor({ seen: {} }, '1.0.0')).toBeUndefined();
    expect(afterRollbackRequested({ seen: {} })).toBeUndefined();
  });

  it('is not refused by the old version if it was not installed', () => {
    expect(afterRollback(record, '1.0.0')).toBeUndefined();
  });
});
