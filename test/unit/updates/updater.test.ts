import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { UpdateOffer, UpdateProgress } from '../../../desktop/updates/core/offer';
import type { UpdateState } from '../../../desktop/updates/core/state';
import { type Outcome, Updater } from '../../../desktop/updates/updater';
import { words } from '../../../desktop/words/en';

const offer: UpdateOffer = { version: '2.0.0', releaseNotes: null };
const HOURS = 3_600_000;

/** An updater with a scripted feed. `asked` records the calls of the feed, `said` the log. */
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
    rolledBackVersion: () => facts.refused,
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

describe('a request of the user', () => {
  it('returns the offer, from one check for several requests at once', async () => {
    const { updater, asked } = scripted();
    const answers = await Promise.all([updater.check(), updater.check(), updater.check()]);
    expect(answers).toEqual(Array(3).fill({ available: true, ...offer }));
    expect(asked).toEqual(['check stable']);
  });

  it('throws no error: the reason is in the state and in the log', async () => {
    const { updater, facts, said } = scripted();
    facts.check = broken;
    expect(await updater.check()).toEqual({ available: false });
    expect(updater.state).toEqual({ at: 'idle', problem: 'Couldn’t reach the update server.' });
    expect(await updater.download()).toEqual({ success: false, error: 'Couldn’t reach the update server.' });
    expect(said).toContain('update: the check failed: Couldn’t reach the update server.');
  });

  it('downloads once, with progress, and offers the same version at the next check', async () => {
    const { updater, facts, asked, states } = scripted();
    const progress = { bytesPerSecond: 1, percent: 50, transferred: 5, total: 10 };
    facts.download = async report => report(progress);
    await updater.check();
    expect(await Promise.all([updater.download(), updater.download()])).toEqual([{ success: true }, { success: true }]);
    expect(await updater.download()).toEqual({ success: true });
    expect(await updater.check()).toEqual({ available: true, ...offer });
    expect(asked).toEqual(['check stable', 'download', 'check stable']);
    expect(states.map(({ at }) => at)).toEqual(['checking', 'available', 'downloading', 'downloading', 'downloaded']);
  });

  it('can retry a failed download', async () => {
    const { updater, facts } = scripted();
    facts.download = broken;
    await updater.check();
    expect(await updater.download()).toEqual({ success: false, error: 'Couldn’t reach the update server.' });
    expect(updater.state).toEqual({ at: 'available', offer, problem: 'Couldn’t reach the update server.' });
    facts.download = async () => {};
    expect(await updater.download()).toEqual({ success: true });
  });

  it('checks before a download, when there was no check yet', async () => {
    const { updater, asked } = scripted();
    expect(await updater.download()).toEqual({ success: true });
    expect(asked).toEqual(['check stable', 'download']);
  });

  it('checks the new channel when the channel changes during a check', async () => {
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

  it('waits for a check in progress before it downloads', async () => {
    const { updater, facts, asked } = scripted();
    let answer: (offer: UpdateOffer | undefined) => void = () => {};
    facts.check = () => new Promise(resolve => (answer = resolve));
    const checking = updater.check();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    const downloading = updater.download();
    answer(offer);
    expect(await Promise.all([checking, downloading])).toEqual([{ available: true, ...offer }, { success: true }]);
    expect(asked).toEqual(['check stable', 'download']);
  });

  it('discards a download when the channel has changed in the meantime', async () => {
    const { updater, facts } = scripted();
    facts.download = async () => {
      facts.settings.updateChannel = 'beta';
      updater.channelChanged();
    };
    const problem = words.updateProblem.otherChannel;
    expect(await updater.download()).toEqual({ success: false, error: problem });
    expect(updater.state).toEqual({ at: 'idle', problem });
  });

  it('discards the offer when the download fails after a change of the channel', async () => {
    const { updater, facts } = scripted();
    facts.download = async () => {
      facts.settings.updateChannel = 'beta';
      updater.channelChanged();
      throw new Error('Couldn’t reach the update server.');
    };
    await updater.download();
    expect(updater.state).toEqual({ at: 'idle' });
  });

  it('discards the offer when the channel changes before the user postpones the installation', async () => {
    const { updater, facts } = scripted();
    await updater.download();
    facts.install = async () => {
      facts.settings.updateChannel = 'beta';
      updater.channelChanged();
      return { is: 'postponed' };
    };
    await updater.install();
    expect(updater.state).toEqual({ at: 'idle' });
  });

  it.each<[string, UpdateOffer | undefined, UpdateState]>([
    ['withdrawn', undefined, { at: 'idle', problem: words.updateProblem.withdrawn('2.0.0') }],
    [
      'followed by a newer one',
      { ...offer, version: '2.0.1' },
      { at: 'available', offer: { ...offer, version: '2.0.1' } },
    ],
    ['still offered', offer, { at: 'downloaded', offer }],
  ])('checks again after a download: the release is %s', async (_release, now, state) => {
    const { updater, facts } = scripted();
    await updater.download();
    facts.check = async () => now;
    await updater.check();
    expect(updater.state).toEqual(state);
  });

  it('keeps a download when the feed cannot be reached', async () => {
    const { updater, facts, said } = scripted();
    await updater.download();
    facts.check = broken;
    expect(await updater.check()).toEqual({ available: true, ...offer });
    expect(updater.state).toEqual({ at: 'downloaded', offer });
    expect(said.at(-1)).toContain('reach the update server');
  });

  it('discards a download when the channel changes', async () => {
    const { updater } = scripted();
    await updater.download();
    updater.channelChanged();
    expect(updater.state).toEqual({ at: 'idle' });
  });
});

describe('installing', () => {
  it('does nothing without a download', async () => {
    const { updater, asked } = scripted();
    await updater.install();
    expect(asked).toEqual([]);
  });

  it.each<[Outcome, UpdateState]>([
    [{ is: 'postponed' }, { at: 'downloaded', offer }],
    [
      { is: 'refused', problem: 'stuck' },
      { at: 'downloaded', offer, problem: 'stuck' },
    ],
    [
      { is: 'refused', problem: 'It is gone.', lost: true },
      { at: 'available', offer, problem: 'It is gone.' },
    ],
    [{ is: 'installed' }, { at: 'installing', offer }],
  ])('with the outcome %j leads to %j', async (outcome, expected) => {
    const { updater, facts } = scripted();
    await updater.download();
    facts.install = async () => outcome;
    await updater.install();
    expect(updater.state).toEqual(expected);
  });
});

describe('automatic checks', () => {
  it('run after the start and every few hours, without a download', async () => {
    const { updater, facts, asked } = scripted();
    updater.scheduleCheck();
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked).toEqual(['check stable']);
    expect(updater.state.at).toBe('available');
    await vi.advanceTimersByTimeAsync(4 * HOURS);
    expect(asked).toEqual(['check stable', 'check stable']);
    facts.settings.updateChannel = 'beta';
    await vi.advanceTimersByTimeAsync(4 * HOURS);
    expect(asked.at(-1)).toBe('check beta');
    updater.stopChecking();
    await vi.advanceTimersByTimeAsync(40 * HOURS);
    expect(asked).toHaveLength(3);
  });

  it('do not run while they are off, and run when they are on again', async () => {
    const { updater, facts, asked } = scripted();
    facts.settings.autoUpdateEnabled = false;
    updater.scheduleCheck();
    await vi.advanceTimersByTimeAsync(24 * HOURS);
    expect(asked).toEqual([]);
    facts.settings.autoUpdateEnabled = true;
    await vi.advanceTimersByTimeAsync(HOURS);
    expect(asked).toEqual(['check stable']);
    updater.stopChecking();
  });

  it('wait for a network, and run again soon after a failure', async () => {
    const { updater, facts, asked, said } = scripted();
    facts.online = false;
    updater.scheduleCheck();
    await vi.advanceTimersByTimeAsync(30_000);
    expect([asked, said]).toEqual([[], ['update: no check: there is no network']]);
    facts.online = true;
    facts.check = broken;
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(16 * 60_000);
    expect(asked).toHaveLength(2);
    updater.stopChecking();
  });

  it('do not retry a failed download soon', async () => {
    const { updater, facts, asked } = scripted();
    facts.settings.autoInstallUpdates = true;
    facts.download = broken;
    updater.scheduleCheck();
    await vi.advanceTimersByTimeAsync(HOURS);
    expect(asked).toEqual(['check stable', 'download']);
    updater.stopChecking();
  });

  it.each([
    ['download when the user has allowed it', {}, ['check stable', 'download']],
    ['do not download over a metered connection', { metered: true }, ['check stable']],
    ['do not download a version that the user rolled back', { refused: '2.0.0' }, ['check stable']],
  ])('%s', async (_rule, more, expected) => {
    const { updater, facts, asked } = scripted();
    Object.assign(facts, more);
    facts.settings.autoInstallUpdates = true;
    updater.scheduleCheck();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked).toEqual(expected);
    updater.stopChecking();
  });
});
