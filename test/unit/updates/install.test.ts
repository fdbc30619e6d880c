import { describe, expect, it } from 'vitest';
import type { BackendState } from '../../../desktop/server/core/state';
import { type InstallSteps, installUpdate } from '../../../desktop/updates/install';
import { words } from '../../../desktop/words/en';

const stuck: BackendState = { phase: 'failed', failure: { kind: 'stuck', pid: 42 } };

/** Steps that record their order. `more` replaces some of them, for example by one that fails. */
function scripted(more: Partial<InstallSteps> = {}) {
  const done: string[] = [];
  const note = (what: string) => void done.push(what);
  const steps: InstallSteps = {
    version: '2.0.0',
    manualStep: undefined,
    activity: async () => ({ jobs: 0, streams: 0 }),
    confirm: async ({ detail }) => {
      note(`asked: ${detail}`);
      return true;
    },
    acquireLock: () => true,
    prepare: async () => note('prepared'),
    flushPage: () => note('flushed'),
    backUp: async () => {
      note('backed up');
      return { database: '/d', copy: '/c' };
    },
    deleteBackup: async ({ copy }) => note(`deleted ${copy}`),
    stop: async () => {
      note('stopped');
      return { phase: 'stopped' };
    },
    portIsFree: async () => true,
    recordUpgrade: backup => note(`recorded ${backup?.copy}`),
    discardUpgrade: () => note('discarded'),
    apply: async () => note('applied'),
    restartServer: () => note('restarted'),
    log: note,
    ...more,
  };
  return { steps, done };
}

const fails = (message: string, code?: string) => async () => {
  throw Object.assign(new Error(message), { code });
};

describe('installing an update', () => {
  it('backs up the data before the server stops, and replaces nothing before the server has exited', async () => {
    const { steps, done } = scripted();
    expect(await installUpdate(steps)).toEqual({ is: 'installed' });
    expect(done).toEqual(['prepared', 'flushed', 'backed up', 'stopped', 'recorded /c', 'applied']);
  });

  it.each([
    ['a running job', { jobs: 1, streams: 0 }, /1 background job/],
    ['a running answer', { jobs: 0, streams: 1 }, /1 answer/],
    ['an unknown activity', undefined, /can’t tell/],
  ])('asks about %s, and changes nothing when the user declines', async (_what, activity, question) => {
    const { steps, done } = scripted({ activity: async () => activity });
    expect(await installUpdate({ ...steps, confirm: async () => false })).toEqual({ is: 'postponed' });
    expect(done).toEqual([]);
    await installUpdate(steps);
    expect(done[0]).toMatch(question);
  });

  it('asks about work that has started during the backup', async () => {
    let calls = 0;
    const { steps, done } = scripted({ activity: async () => ({ jobs: calls++, streams: 0 }) });
    expect(await installUpdate({ ...steps, confirm: async () => false })).toEqual({ is: 'postponed' });
    expect(done).toEqual(['prepared', 'flushed', 'backed up', 'deleted /c']);
  });

  it('acquires the lock after the question, so that nothing interrupts its backup', async () => {
    const { steps, done } = scripted({ activity: async () => ({ jobs: 1, streams: 0 }) });
    const acquireLock = () => done.push('locked') > 0;
    expect(await installUpdate({ ...steps, acquireLock })).toEqual({ is: 'installed' });
    expect(done.slice(0, 4)).toEqual([expect.stringMatching('asked'), 'locked', 'prepared', 'flushed']);
  });

  it('is postponed when a backup has begun while the question was open', async () => {
    const { steps, done } = scripted({ activity: async () => ({ jobs: 1, streams: 0 }) });
    expect(await installUpdate({ ...steps, acquireLock: () => false })).toEqual({ is: 'postponed' });
    expect(done).toEqual([expect.stringMatching('asked')]);
  });

  it('asks about work only once', async () => {
    const { steps, done } = scripted({ activity: async () => ({ jobs: 1, streams: 0 }) });
    await installUpdate(steps);
    expect(done.filter(what => what.startsWith('asked'))).toHaveLength(1);
  });

  it('asks no question when no server runs', async () => {
    const { steps, done } = scripted({ activity: async () => 'none' });
    await installUpdate(steps);
    expect(done[0]).toBe('prepared');
  });

  it('is refused at once if the app cannot replace itself, without a question, lock, backup or stop', async () => {
    const manualStep = 'Move CachiBot to the Applications folder.';
    const { steps, done } = scripted({ manualStep, activity: async () => ({ jobs: 1, streams: 0 }) });
    const acquireLock = () => done.push('locked') > 0;
    expect(await installUpdate({ ...steps, acquireLock })).toEqual({ is: 'refused', problem: manualStep });
    expect(done).toEqual([]);
  });

  it.each<[string, Partial<InstallSteps>, RegExp]>([
    ['no room for the new version', { prepare: fails('write', 'ENOSPC') }, /Nothing was changed\. The disk is full/],
    [
      'data that cannot be copied',
      { backUp: fails('The database is damaged.') },
      /Nothing was changed\. The database is damaged/,
    ],
  ])('with %s leaves the server running', async (_what, more, problem) => {
    const { steps, done } = scripted(more);
    expect(await installUpdate(steps)).toEqual({ is: 'refused', problem: expect.stringMatching(problem) });
    expect(done).not.toContain('stopped');
    expect(done).not.toContain('applied');
  });

  it('is refused when the server cannot be stopped', async () => {
    const { steps, done } = scripted({ stop: async () => stuck });
    expect(await installUpdate(steps)).toEqual({ is: 'refused', problem: expect.stringContaining('process 42') });
    expect(done).not.toContain('applied');
  });

  it('is refused when another program has the port, and the old version continues', async () => {
    const { steps, done } = scripted({ portIsFree: async () => false });
    expect(await installUpdate(steps)).toEqual({ is: 'refused', problem: expect.stringContaining('port') });
    expect(done).toEqual(['prepared', 'flushed', 'backed up', 'stopped', 'restarted', 'deleted /c']);
  });

  it('restarts the old version without a trial when the last step fails', async () => {
    const { steps, done } = scripted({ apply: fails(words.updateProblem.notPermitted) });
    expect(await installUpdate(steps)).toEqual({
      is: 'refused',
      problem: expect.stringMatching(/still on the old version.*allow the installation/),
    });
    expect(done.slice(-2)).toEqual(['discarded', 'restarted']);
  });

  it('restarts the old version when the record cannot be written', async () => {
    const full = () => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    const { steps, done } = scripted({ recordUpgrade: full, discardUpgrade: full });
    expect(await installUpdate(steps)).toEqual({
      is: 'refused',
      problem: expect.stringMatching(/still on the old version.*disk is full/),
    });
    const noted = expect.stringContaining('could not be removed from the record: no space left');
    expect(done.slice(-2)).toEqual([noted, 'restarted']);
  });

  it.each<keyof InstallSteps>(['prepare', 'apply'])('reports a lost download (%s)', async step => {
    const { steps } = scripted({ [step]: fails('gone', 'ERR_DOWNLOAD_CHANGED') });
    expect(await installUpdate(steps)).toEqual({
      is: 'refused',
      problem: expect.stringContaining('Download it again'),
      lost: true,
    });
  });
});
