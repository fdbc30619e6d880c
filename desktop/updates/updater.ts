import type { Settings } from '../settings/core/settings';
import { words } from '../words/en';
import type { Result, UpdateCheck, UpdateOffer, UpdateProgress } from './core/offer';
import { type Circumstances, type Looked, reasonNotToDownload, reasonNotToLook, untilNextLook } from './core/schedule';
import { nextUpdate, type UpdateEvent, type UpdateState } from './core/state';

/** Where updates come from. Its errors are text for the user. */
export interface UpdateFeed {
  /** The newer version that this machine may have; undefined when there is none. */
  check(channel: Settings['updateChannel']): Promise<UpdateOffer | undefined>;
  /** Downloads and verifies what the last check found. */
  download(progress: (progress: UpdateProgress) => void): Promise<void>;
}

interface Options {
  /** Loads the feed when it is first used. Rejects with the reason when this build has none. */
  feed: () => Promise<UpdateFeed>;
  settings: () => Pick<Settings, 'autoUpdateEnabled' | 'autoInstallUpdates' | 'updateChannel'>;
  isOnline(): boolean;
  isMetered(): Promise<boolean>;
  /** The version that the user rolled back. */
  refused(): string | undefined;
  /** Installs the download; the app ends afterwards. */
  install(): Promise<Outcome>;
  random(): number;
  log(line: string): void;
}

export type Outcome =
  | { is: 'installed' }
  | { is: 'put-off' }
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

  /** Checks regularly from now on. */
  begin(last: Looked = 'not-yet'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#checkUnasked(), untilNextLook(last, this.#options.random()));
    this.#timer.unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** Checks now, for a user or page. A failure is in the state. */
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
      if (outcome.is === 'put-off') this.#dispatch({ type: 'put-off' });
      if (outcome.is === 'refused') this.#fail('installing it', new Error(outcome.problem), outcome.lost);
    } catch (error) {
      this.#fail('installing it', error);
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
    if (this.#state.at === 'downloaded') return this.#checkAgain(this.#state.offer.version);
    if (!this.#dispatch({ type: 'check' })) return;
    const { feed, settings, log } = this.#options;
    try {
      const channel = settings().updateChannel;
      const offer = await (await feed()).check(channel);
      if (settings().updateChannel !== channel) {
        this.#dispatch({ type: 'nothing' });
        return await this.#checkOnce();
      }
      log(`update: ${offer ? `${offer.version} is there` : 'nothing newer'} (${channel})`);
      this.#dispatch(offer ? { type: 'found', offer } : { type: 'nothing' });
    } catch (error) {
      this.#fail('looking for one', error);
    }
  }

  /** Checks whether the download is still offered: a release may have been withdrawn. */
  async #checkAgain(version: string): Promise<void> {
    const { feed, settings, log } = this.#options;
    try {
      const offer = await (await feed()).check(settings().updateChannel);
      // The channel was changed meanwhile.
      if (this.#state.at !== 'downloaded') return await this.#checkOnce();
      if (offer?.version === version) return;
      log(`update: ${version} is not offered any more`);
      if (offer === undefined)
        return void this.#dispatch({ type: 'withdrawn', problem: words.updateProblem.withdrawn(version) });
      this.#dispatch({ type: 'withdrawn' });
      await this.#checkOnce();
    } catch (error) {
      log(`update: looking whether ${version} is still offered failed: ${(error as Error).message}`);
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
      this.#fail('downloading it', error);
      // The offer was of the old channel.
      if (settings().updateChannel !== channel) this.channelChanged();
    }
  }

  async #checkUnasked(): Promise<void> {
    const { log } = this.#options;
    const now = await this.#circumstances();
    const reason = reasonNotToLook(now);
    if (reason !== undefined) log(`update: not looked for: ${reason}`);
    else await this.#runCheck();
    // A failed download is not retried soon: it may be large, and fail each time.
    const looked = reason === undefined && this.#problem() === undefined;
    if (this.#state.at === 'available') {
      const against = reasonNotToDownload(now, this.#state.offer.version);
      if (against === undefined) await this.#runDownload();
      else log(`update: ${this.#state.offer.version} is not downloaded unasked: ${against}`);
    }
    this.begin(looked ? 'done' : 'failed');
  }

  async #circumstances(): Promise<Circumstances> {
    const { autoUpdateEnabled, autoInstallUpdates } = this.#options.settings();
    const online = this.#options.isOnline();
    const metered = autoUpdateEnabled && autoInstallUpdates && online && (await this.#options.isMetered());
    return { autoUpdateEnabled, autoInstallUpdates, online, metered, refused: this.#options.refused() };
  }

  #fail(what: string, error: unknown, lost = false): void {
    const problem = error instanceof Error ? error.message : String(error);
    this.#options.log(`update: ${what} failed: ${problem}`);
    this.#dispatch({ type: 'failed', problem, lost });
  }

  /** Whether the event has changed anything. */
  #dispatch(event: UpdateEvent): boolean {
    const before = this.#state;
    this.#state = nextUpdate(before, event);
    if (this.#state === before) return false;
    for (const listener of this.#listeners) listener(this.#state, before);
    return true;
  }
}
