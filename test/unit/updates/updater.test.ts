import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UpdateOffer, UpdateProgress } from '../../../desktop/updates/core/offer';
import type { UpdateState } from '../../../desktop/updates/core/state';
import { type Outcome, Updater } from '../../../desktop/updates/updater';
import { words } from '../../../desktop/words/en';

const offer: UpdateOffer = { version: '2.0.0', releaseNotes: null };
const HOURS = 3_600_000;

/** A feed that does as it is told, one call at a time. */
function scripted() {
  const asked: string[] = [];
  const said: string[] = [];
  const states: UpdateState[] = [];
  const facts = {
    settings: { autoUpdateEnabled: true, autoInstallUpdates: false, updateChannel: 'stable' as 'stable' | 'beta' },
    online: true,
    metered: false,
    refused: undefined as string | undefined,
    check: async (): Promise<UpdateOffer | undefined> => offer,
    download: async (_progress: (progress: UpdateProgress) => void) => {},
    install: async (): Promise<Outcome> => ({ is: 'installed' }),
  };
  const updater = new Updater({
    feed: async () => ({
      check: channel => {
        asked.push(`check ${channel}`);
        return facts.check();
      },
      download: progress => {
        asked.push('download');
        return facts.download(progress);
      },
    }),
    settings: () => facts.settings,
    isOnline: () => facts.online,
    isMetered: async () => facts.metered,
    refused: () => facts.refused,
    install: () => {
      asked.push('install');
      return facts.install();
    },
    random: () => 0.5,
    log: line => said.push(line),
  });
  updater.onChange(state => states.push(state));
  return { updater, facts, asked, said, states };
}

const broken = async () => {
  throw new Error('Couldn’t reach the update server.');
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a person who asks', () => {
  it('is told what is there, whether it is asked for once or many times', async () => {
    const { updater, asked } = scripted();
    const answers = await Promise.all([updater.check(), updater.check(), updater.check()]);
    expect(answers).toEqual(Array(3).fill({ available: true, ...offer }));
    expect(asked).toEqual(['check stable']);
  });

  it('never gets an error thrown, but its reason as a state and in the log', async () => {
    const { updater, facts, said } = scripted();
    facts.check = broken;
    expect(await updater.check()).toEqual({ available: false });
    expect(updater.state).toEqual({ at: 'idle', problem: 'Couldn’t reach the update server.' });
    expect(await updater.download()).toEqual({ success: false, error: 'Couldn’t reach the update server.' });
    expect(said).toContain('update: looking for one failed: Couldn’t reach the update server.');
  });

  it('downloads once, with progress, and hears again that it is there', async () => {
    const { updater, facts, asked, states } = scripted();
    const progress = { bytesPerSecond: 1, percent: 50, transferred: 5, total: 10 };
    facts.download = async tell => tell(progress);
    await updater.check();
    expect(await Promise.all([updater.download(), updater.download()])).toEqual([{ success: true }, { success: true }]);
    expect(await updater.download()).toEqual({ success: true });
    expect(await updater.check()).toEqual({ available: true, ...offer });
    expect(asked).toEqual(['check stable', 'download', 'check stable']);
    expect(states.map(({ at }) => at)).toEqual(['checking', 'available', 'downloading', 'downloading', 'downloaded']);
  });

  it('may try a download again that broke', async () => {
    const { updater, facts } = scripted();
    facts.download = broken;
    await updater.check();
    expect(await updater.download()).toEqual({ success: false, error: 'Couldn’t reach the update server.' });
    expect(updater.state).toEqual({ at: 'available', offer, problem: 'Couldn’t reach the update server.' });
    facts.download = async () => {};
    expect(await updater.download()).toEqual({ success: true });
  });

  it('finds out by downloading, when nobody has looked before', async () => {
    const { updater, asked } = scripted();
    expect(await updater.download()).toEqual({ success: true });
    expect(asked).toEqual(['check stable', 'download']);
  });

  it('has the other channel looked at when it was changed in the middle of a look', async () => {
    const { updater, facts, asked } = scripted();
    let answer: (offer: UpdateOffer | undefined) => void = () => {};
    facts.check = () => new Promise(resolve => (answer = resolve));
    const asking = updater.check();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    facts.settings.updateChannel = 'beta';
    facts.check = async () => ({ version: '3.0.0-beta.1', releaseNotes: null });
    answer(offer);
    expect(await asking).toMatchObject({ version: '3.0.0-beta.1' });
    expect(asked).toEqual(['check stable', 'check beta']);
  });

  it('waits for a look that goes on already before it downloads', async () => {
    const { updater, facts, asked } = scripted();
    let answer: (offer: UpdateOffer | undefined) => void = () => {};
    facts.check = () => new Promise(resolve => (answer = resolve));
    const looking = updater.check();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const downloading = updater.download();
    answer(offer);
    expect(await Promise.all([looking, downloading])).toEqual([{ available: true, ...offer }, { success: true }]);
    expect(asked).toEqual(['check stable', 'download']);
  });

  it('is not given what was downloaded when it is of a channel that they left meanwhile', async () => {
    const { updater, facts } = scripted();
    facts.download = async () => {
      facts.settings.updateChannel = 'beta';
      updater.channelChanged();
    };
    const problem = words.updateProblem.otherChannel;
    expect(await updater.download()).toEqual({ success: false, error: problem });
    expect(updater.state).toEqual({ at: 'idle', problem });
  });

  it('is not offered any more what they left the channel of while its download broke', async () => {
    const { updater, facts } = scripted();
    facts.download = async () => {
      facts.settings.updateChannel = 'beta';
      updater.channelChanged();
      throw new Error('Couldn’t reach the update server.');
    };
    await updater.download();
    expect(updater.state).toEqual({ at: 'idle' });
  });

  it('is not offered any more what they left the channel of while they were asked about it', async () => {
    const { updater, facts } = scripted();
    await updater.download();
    facts.install = async () => {
      facts.settings.updateChannel = 'beta';
      updater.channelChanged();
      return { is: 'put-off' };
    };
    await updater.install();
    expect(updater.state).toEqual({ at: 'idle' });
  });

  it.each<[string, UpdateOffer | undefined, UpdateState]>([
    ['taken back', undefined, { at: 'idle', problem: words.updateProblem.withdrawn('2.0.0') }],
    [
      'followed by a newer one',
      { ...offer, version: '2.0.1' },
      { at: 'available', offer: { ...offer, version: '2.0.1' } },
    ],
    ['still offered', offer, { at: 'downloaded', offer }],
  ])('is offered no download that was %s', async (_what, now, state) => {
    const { updater, facts } = scripted();
    await updater.download();
    facts.check = async () => now;
    await updater.check();
    expect(updater.state).toEqual(state);
  });

  it('keeps a download when the feed is not there', async () => {
    const { updater, facts, said } = scripted();
    await updater.download();
    facts.check = broken;
    expect(await updater.check()).toEqual({ available: true, ...offer });
    expect(updater.state).toEqual({ at: 'downloaded', offer });
    expect(said.at(-1)).toContain('reach the update server');
  });

  it('is not offered what was downloaded from the channel before', async () => {
    const { updater } = scripted();
    await updater.download();
    updater.channelChanged();
    expect(updater.state).toEqual({ at: 'idle' });
  });
});

describe('installing', () => {
  it('what is not there does nothing', async () => {
    const { updater, asked } = scripted();
    await updater.install();
    expect(asked).toEqual([]);
  });

  it.each<[Outcome, UpdateState]>([
    [{ is: 'put-off' }, { at: 'downloaded', offer }],
    [
      { is: 'refused', problem: 'stuck' },
      { at: 'downloaded', offer, problem: 'stuck' },
    ],
    [
      { is: 'refused', problem: 'It is gone.', lost: true },
      { at: 'available', offer, problem: 'It is gone.' },
    ],
    [{ is: 'installed' }, { at: 'installing', offer }],
  ])('that came to %j is %j, and can be tried again', async (outcome, expected) => {
    const { updater, facts } = scripted();
    await updater.download();
    facts.install = async () => outcome;
    await updater.install();
    expect(updater.state).toEqual(expected);
  });
});

describe('by itself', () => {
  it('it looks after the start, and every few hours, and only says what it found', async () => {
    const { updater, facts, asked } = scripted();
    updater.begin();
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toEqual(['check stable']);
    expect(updater.state.at).toBe('available');
    await vi.advanceTimersByTimeAsync(4 * HOURS);
    expect(asked).toEqual(['check stable', 'check stable']);
    facts.settings.updateChannel = 'beta';
    await vi.advanceTimersByTimeAsync(4 * HOURS);
    expect(asked.at(-1)).toBe('check beta');
    updater.end();
    await vi.advanceTimersByTimeAsync(40 * HOURS);
    expect(asked).toHaveLength(3);
  });

  it('it asks nobody when it is switched off, and begins when it is switched on', async () => {
    const { updater, facts, asked } = scripted();
    facts.settings.autoUpdateEnabled = false;
    updater.begin();
    await vi.advanceTimersByTimeAsync(24 * HOURS);
    expect(asked).toEqual([]);
    facts.settings.autoUpdateEnabled = true;
    await vi.advanceTimersByTimeAsync(HOURS);
    expect(asked).toEqual(['check stable']);
    updater.end();
  });

  it('it waits for a network, and comes back soon after a failure', async () => {
    const { updater, facts, asked, said } = scripted();
    facts.online = false;
    updater.begin();
    await vi.advanceTimersByTimeAsync(30_000);
    expect([asked, said]).toEqual([[], ['update: not looked for: there is no network']]);
    facts.online = true;
    facts.check = broken;
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    expect(asked).toHaveLength(2);
    updater.end();
  });

  it('it does not try a download that failed again soon', async () => {
    const { updater, facts, asked } = scripted();
    facts.settings.autoInstallUpdates = true;
    facts.download = broken;
    updater.begin();
    await vi.advanceTimersByTimeAsync(HOURS);
    expect(asked).toEqual(['check stable', 'download']);
    updater.end();
  });

  it.each([
    ['the person has said so', {}, ['check stable', 'download']],
    ['and not on a metered connection', { metered: true }, ['check stable']],
    ['and not a version that the person went back from', { refused: '2.0.0' }, ['check stable']],
  ])('it downloads when %s', async (_what, more, expected) => {
    const { updater, facts, asked } = scripted();
    Object.assign(facts, more);
    facts.settings.autoInstallUpdates = true;
    updater.begin();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toEqual(expected);
    updater.end();
  });
});
