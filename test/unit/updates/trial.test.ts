import { describe, expect, it } from 'vitest';
import type { BackendState } from '../../../desktop/server/core/state';
import { readUpdateRecord, type UpdateRecord } from '../../../desktop/updates/core/record';
import { Trial } from '../../../desktop/updates/trial';

const starting: BackendState = {
  phase: 'starting',
  modules: 0,
  proved: false,
  slow: false,
  stalled: false,
  patient: false,
};
const ready: BackendState = { phase: 'ready', version: '0.3.0' };
const failed: BackendState = {
  phase: 'failed',
  failure: { kind: 'exited', code: 1, signal: null, lines: [], ready: false },
};
const upgrade = { passage: { from: '1.0.0', to: '2.0.0', at: '2026-01-01T00:00:00.000Z', starts: 0, ready: false } };

/** A trial with a record in memory. `disk.full` makes each change of the record fail. */
function scripted(version: string, content: unknown) {
  const said: string[] = [];
  const disk = { record: readUpdateRecord(content), full: false };
  const trial = new Trial({
    records: {
      get: () => disk.record,
      change(change: (record: UpdateRecord) => UpdateRecord | undefined) {
        const changed = change(disk.record);
        if (changed === undefined) return;
        if (disk.full) throw new Error('no space left');
        disk.record = changed;
      },
    },
    version,
    log: line => said.push(line),
  });
  return { trial, disk, said };
}

describe('a new version', () => {
  it('counts a start once, however long it takes, and ends when the server is ready', () => {
    const { trial, disk, said } = scripted('2.0.0', upgrade);
    for (const state of [starting, { ...starting, modules: 5 }]) trial.serverChanged(state);
    expect(disk.record.pending).toMatchObject({ starts: 1, ready: false });
    trial.serverChanged(ready);
    expect(disk.record.pending).toMatchObject({ starts: 1, ready: true });
    expect(said).toEqual(['update: from 1.0.0 to 2.0.0, which is ready']);
    trial.serverChanged(starting);
    expect(disk.record.pending?.starts).toBe(1);
  });

  it('offers a rollback after two starts that failed', () => {
    const { trial } = scripted('2.0.0', upgrade);
    for (const state of [starting, failed, starting, failed]) trial.serverChanged(state);
    expect(trial.rollbackOption(failed)).toEqual({ version: '1.0.0', by: 'page', data: false });
    expect(trial.rollbackOption(starting)).toBeUndefined();
  });

  it('offers no rollback while another server uses the data', () => {
    const { trial } = scripted('2.0.0', { passage: { ...upgrade.passage, starts: 2 } });
    const holder = { kind: 'app' as const, pid: 1, beganMs: 0 };
    const inUse = { kind: 'exited' as const, code: 1, signal: null, lines: [], ready: false, holder };
    expect(trial.rollbackOption({ phase: 'failed', failure: inUse })).toBeUndefined();
  });

  it('continues when its start cannot be recorded', () => {
    const { trial, disk, said } = scripted('2.0.0', upgrade);
    disk.full = true;
    trial.serverChanged(starting);
    expect(said).toEqual(['update: the start of the new version could not be recorded: no space left']);
  });
});

describe('an upgrade', () => {
  it('is recorded before it is applied, and discarded when it fails', () => {
    const { trial, disk } = scripted('2.0.0', { ...upgrade, seen: { latest: '2026-01-01' } });
    const before = disk.record;
    const backup = { database: '/d', copy: '/c' };
    trial.recordUpgrade({ to: '3.0.0', previous: '/previous', backup });
    expect(disk.record.seen).toEqual(before.seen);
    expect(disk.record.pending).toMatchObject({ from: '2.0.0', to: '3.0.0', starts: 0, previous: '/previous', backup });
    trial.discardUpgrade();
    expect(disk.record).toEqual(before);
  });

  it('that was not installed is reported once', () => {
    const { trial, said } = scripted('1.0.0', upgrade);
    expect(trial.reportNotInstalled()).toBe('2.0.0');
    expect(trial.reportNotInstalled()).toBeUndefined();
    expect(said).toEqual(['update: 2.0.0 was not installed on 2026-01-01T00:00:00.000Z']);
  });

  it('is refused once it was rolled back, and the previous version runs', () => {
    const { trial, disk } = scripted('2.0.0', upgrade);
    trial.recordRollback();
    const { trial: previous, disk: after } = scripted('1.0.0', { passage: { ...upgrade.passage, back: true } });
    previous.completeRollback();
    expect(disk.record.pending?.rolledBack).toBe(true);
    expect(after.record).toEqual({ refused: '2.0.0', seen: {} });
  });
});
