import type { Settings } from '../settings/core/settings';
import { words } from '../words/en';
import type { Result, UpdateCheck, UpdateOffer, UpdateProgress } from './core/offer';
import {
  type Circumstances,
  type LastCheck,
  msUntilNextCheck,
  reasonNotToCheck,
  reasonNotToDownload,
} from './core/schedule';
import { nextUpdate, type UpdateEvent, type UpdateState } from './core/state';

/** The source of updates. The messages of its errors are text for the user. */
export interface UpdateFeed {
  /** Resolves to the newer version for this machine; to undefined when there is none. */
  check(channel: Settings['updateChannel']): Promise<UpdateOffer | undefined>;
  /** Downloads and verifies the version that the last check found. */
  download(progress: (progress: UpdateProgress) => void): Promise<void>;
}

interface Options {
  /** Opens the feed at its first use. Rejects with the reason when this build has no feed. */
  feed: () => Promise<UpdateFeed>;
  settings: () => Pick<Settings, 'autoUpdateEnabled' | 'autoInstallUpdates' | 'updateChannel'>;
  isOnline(): boolean;
  isMetered(): Promise<boolean>;
  /** The version that the user rolled back. */
  rolledBackVersion(): string | undefined;
  /** Installs the download; the app exits afterwards. */
  install(): Promise<Outcome>;
  random(): number;
  log(line: string): void;
}

export type Outcome =
  | { is: 'installed' }
  | { is: 'postponed' }
  /** `lost`: the download cannot be used any more. */
  | { is: 'refused'; problem: string; lost?: boolean };

type Listener = (state: UpdateState, before: UpdateState) => void;

/** Checks for a newer version, downloads it, and notifies the listeners. No method throws; errors are in the state. */
export class Updater {
  #state: UpdateState = { at: 'idle' };
  #checking: Promise<void> | undefined;
  #downloading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<Listener>();
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  get state(): UpdateState {
    return this.#state;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Schedules the next automatic check, which schedules the following one. `last`: how the last check ended. */
  scheduleCheck(last: LastCheck = 'not-yet'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#checkAutomatically(), msUntilNextCheck(last, this.#options.random()));
    this.#timer.unref();
  }

  stopChecking(): void {
    clearTimeout(this.#timer);
  }

  /** Checks now, because the user or the page requests it. A failure is in the state. */
  async check(): Promise<UpdateCheck> {
    await this.#runCheck();
    return 'offer' in this.#state && this.#state.offer
      ? { available: true, ...this.#state.offer }
      : { available: false };
  }

  /** Resolves when the download is complete, or has failed. */
  async download(): Promise<Result> {
    if (this.#state.at === 'idle' || this.#state.at === 'checking') await this.#runCheck();
    await this.#runDownload();
    if (this.#state.at === 'downloaded' || this.#state.at === 'installing') return { success: true };
    return { success: false, error: this.#problem() ?? words.updateProblem.nothingNewer };
  }

  async install(): Promise<void> {
    if (!this.#dispatch({ type: 'install' })) return;
    const { updateChannel } = this.#options.settings();
    try {
      const outcome = await this.#options.install();
      if (outcome.is === 'postponed') this.#dispatch({ type: 'postponed' });
      if (outcome.is === 'refused') this.#fail('the installation', new Error(outcome.problem), outcome.lost);
    } catch (error) {
      this.#fail('the installation', error);
    }
    if (this.#options.settings().updateChannel !== updateChannel) this.channelChanged();
  }

  /** The channel was changed. */
  channelChanged(): void {
    this.#dispatch({ type: 'channel' });
  }

  #problem(): string | undefined {
    return 'problem' in this.#state ? this.#state.problem : undefined;
  }

  #runCheck(): Promise<void> {
    this.#checking ??= this.#checkOnce().finally(() => (this.#checking = undefined));
    return this.#checking;
  }

  async #checkOnce(): Promise<void> {
    if (this.#state.at === 'downloaded') return this.#recheck(this.#state.offer.version);
    if (!this.#dispatch({ type: 'check' })) return;
    const { feed, settings, log } = this.#options;
    try {
      const channel = settings().updateChannel;
      const offer = await (await feed()).check(channel);
      if (settings().updateChannel !== channel) {
        this.#dispatch({ type: 'nothing' });
        return await this.#checkOnce();
      }
      log(`update: ${offer ? `${offer.version} is available` : 'nothing newer'} (${channel})`);
      this.#dispatch(offer ? { type: 'found', offer } : { type: 'nothing' });
    } catch (error) {
      this.#fail('the check', error);
    }
  }

  /** Checks whether the download is still offered: a release may have been withdrawn. */
  async #recheck(version: string): Promise<void> {
    const { feed, settings, log } = this.#options;
    try {
      const offer = await (await feed()).check(settings().updateChannel);
      // The channel has changed in the meantime.
      if (this.#state.at !== 'downloaded') return await this.#checkOnce();
      if (offer?.version === version) return;
      log(`update: ${version} is not offered any more`);
      if (offer === undefined)
        return void this.#dispatch({ type: 'withdrawn', problem: words.updateProblem.withdrawn(version) });
      this.#dispatch({ type: 'withdrawn' });
      await this.#checkOnce();
    } catch (error) {
      log(`update: the check whether ${version} is still offered failed: ${(error as Error).message}`);
    }
  }

  #runDownload(): Promise<void> {
    this.#downloading ??= this.#downloadOnce().finally(() => (this.#downloading = undefined));
    return this.#downloading;
  }

  async #downloadOnce(): Promise<void> {
    if (!this.#dispatch({ type: 'download' })) return;
    const { settings, log } = this.#options;
    const channel = settings().updateChannel;
    try {
      const feed = await this.#options.feed();
      await feed.download(progress => this.#dispatch({ type: 'progress', progress }));
      const wanted = settings().updateChannel === channel;
      log(`update: downloaded and verified${wanted ? '' : ', for a channel that is not wanted any more'}`);
      this.#dispatch(
        wanted ? { type: 'downloaded' } : { type: 'withdrawn', problem: words.updateProblem.otherChannel },
      );
    } catch (error) {
      this.#fail('the download', error);
      // The offer belongs to the old channel.
      if (settings().updateChannel !== channel) this.channelChanged();
    }
  }

  async #checkAutomatically(): Promise<void> {
    const { log } = this.#options;
    const now = await this.#circumstances();
    const reason = reasonNotToCheck(now);
    if (reason !== undefined) log(`update: no check: ${reason}`);
    else await this.#runCheck();
    // A failed download is not retried soon: it may be large, and fail each time.
    const succeeded = reason === undefined && this.#problem() === undefined;
    if (this.#state.at === 'available') {
      const objection = reasonNotToDownload(now, this.#state.offer.version);
      if (objection === undefined) await this.#runDownload();
      else log(`update: ${this.#state.offer.version} is not downloaded automatically: ${objection}`);
    }
    this.scheduleCheck(succeeded ? 'done' : 'failed');
  }

  async #circumstances(): Promise<Circumstances> {
    const { autoUpdateEnabled, autoInstallUpdates } = this.#options.settings();
    const online = this.#options.isOnline();
    const metered = autoUpdateEnabled && autoInstallUpdates && online && (await this.#options.isMetered());
    return { autoUpdateEnabled, autoInstallUpdates, online, metered, rolledBack: this.#options.rolledBackVersion() };
  }

  #fail(operation: string, error: unknown, lost = false): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.#options.log(`update: ${operation} failed: ${problem}`);
    this.#dispatch({ type: 'failed', problem, lost });
  }

  /** Returns whether the event has changed the state. */
  #dispatch(event: UpdateEvent): boolean {
    const before = this.#state;
    this.#state = nextUpdate(before, event);
    if (this.#state === before) return false;
    for (const listener of this.#listeners) listener(this.#state, before);
    return true;
  }
}
