import { describe, expect, it } from 'vitest';
import type { BackendState } from '../../../desktop/server/core/state';
import { installUpdate, type Steps } from '../../../desktop/updates/install';
import { words } from '../../../desktop/words/en';

const stuck: BackendState = { phase: 'failed', failure: { kind: 'stuck', pid: 42 } };

/** Notes the order of what is done; each step may be made to go wrong. */
function scripted(more: Partial<Steps> = {}) {
  const done: string[] = [];
  const note = (what: string) => void done.push(what);
  const steps: Steps = {
    version: '2.0.0',
    activity: async () => ({ jobs: 0, streams: 0 }),
    confirm: async ({ detail }) => {
      note(`asked: ${detail}`);
      return true;
    },
    prepare: async () => note('prepared'),
    flushPage: () => note('flushed'),
    backUp: async () => {
      note('backed up');
      return { database: '/d', copy: '/c' };
    },
    dropBackup: async ({ copy }) => note(`dropped ${copy}`),
    stop: async () => {
      note('stopped');
      return { phase: 'stopped' };
    },
    portIsFree: async () => true,
    remember: backup => note(`remembered ${backup?.copy}`),
    forget: () => note('forgotten'),
    apply: async () => note('applied'),
    startAgain: () => note('started again'),
    log: note,
    ...more,
  };
  return { steps, done };
}

const fails = (message: string, code?: string) => async () => {
  throw Object.assign(new Error(message), { code });
};

describe('installing an update', () => {
  it('copies the data before the server goes, and replaces nothing before it is gone', async () => {
    const { steps, done } = scripted();
    expect(await installUpdate(steps)).toEqual({ is: 'installed' });
    expect(done).toEqual(['prepared', 'flushed', 'backed up', 'stopped', 'remembered /c', 'applied']);
  });

  it.each([
    ['a job that runs', { jobs: 1, streams: 0 }, /1 background job/],
    ['an answer that comes', { jobs: 0, streams: 1 }, /1 answer/],
    ['a server that does not say', undefined, /can’t tell/],
  ])('asks about %s, and leaves everything as it is when the person says no', async (_what, activity, question) => {
    const { steps, done } = scripted({ activity: async () => activity });
    expect(await installUpdate({ ...steps, confirm: async () => false })).toEqual({ is: 'put-off' });
    expect(done).toEqual([]);
    await installUpdate(steps);
    expect(done[0]).toMatch(question);
  });

  it('asks about work that was begun while the data was copied', async () => {
    let looks = 0;
    const { steps, done } = scripted({ activity: async () => ({ jobs: looks++, streams: 0 }) });
    expect(await installUpdate({ ...steps, confirm: async () => false })).toEqual({ is: 'put-off' });
    expect(done).toEqual(['prepared', 'flushed', 'backed up', 'dropped /c']);
  });

  it('asks about work only once', async () => {
    const { steps, done } = scripted({ activity: async () => ({ jobs: 1, streams: 0 }) });
    await installUpdate(steps);
    expect(done.filter(what => what.startsWith('asked'))).toHaveLength(1);
  });

  it('asks nothing when there is no server', async () => {
    const { steps, done } = scripted({ activity: async () => 'none' });
    await installUpdate(steps);
    expect(done[0]).toBe('prepared');
  });

  it.each<[string, Partial<Steps>, RegExp]>([
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

  it('is blocked by a server that will not go, and says so', async () => {
    const { steps, done } = scripted({ stop: async () => stuck });
    expect(await installUpdate(steps)).toEqual({ is: 'refused', problem: expect.stringContaining('process 42') });
    expect(done).not.toContain('applied');
  });

  it('is blocked by somebody else on the port, and the old version goes on', async () => {
    const { steps, done } = scripted({ portIsFree: async () => false });
    expect(await installUpdate(steps)).toEqual({ is: 'refused', problem: expect.stringContaining('port') });
    expect(done).toEqual(['prepared', 'flushed', 'backed up', 'stopped', 'started again', 'dropped /c']);
  });

  it('that fails at the last step starts the old version again, which has nothing to prove', async () => {
    const { steps, done } = scripted({ apply: fails(words.updateProblem.notPermitted) });
    expect(await installUpdate(steps)).toEqual({
      is: 'refused',
      problem: expect.stringMatching(/still on the old version.*allow the installation/),
    });
    expect(done.slice(-2)).toEqual(['forgotten', 'started again']);
  });

  it('starts the old version again also where nothing can be noted', async () => {
    const full = () => {
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    };
    const { steps, done } = scripted({ remember: full, forget: full });
    expect(await installUpdate(steps)).toEqual({
      is: 'refused',
      problem: expect.stringMatching(/still on the old version.*disk is full/),
    });
    const noted = expect.stringContaining('could not be noted: no space left');
    expect(done.slice(-2)).toEqual([noted, 'started again']);
  });

  it.each<keyof Steps>(['prepare', 'apply'])('says when what was downloaded is lost (%s)', async step => {
    const { steps } = scripted({ [step]: fails('gone', 'ERR_DOWNLOAD_CHANGED') });
    expect(await installUpdate(steps)).toEqual({
      is: 'refused',
      problem: expect.stringContaining('Download it again'),
      lost: true,
    });
  });
});
