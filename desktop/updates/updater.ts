import type { Settings } from '../settings/core/settings';
import type { Result, UpdateCheck, UpdateOffer, UpdateProgress } from './core/offer';
import { type Circumstances, type Looked, reasonNotToDownload, reasonNotToLook, untilNextLook } from './core/schedule';
import { nextUpdate, type UpdateEvent, type UpdateState } from './core/state';

/** Where updates come from, and where they go. What it throws is a reason in words for people. */
export interface UpdateFeed {
  /** What is newer than this version and meant for this machine; undefined when nothing is. */
  check(channel: Settings['updateChannel']): Promise<UpdateOffer | undefined>;
  /** Fetches and verifies what the last check has found. */
  download(progress: (progress: UpdateProgress) => void): Promise<void>;
}

interface Options {
  /** Loads it when it is first used; a reason in words when this build has none. */
  feed: () => Promise<UpdateFeed>;
  settings: () => Pick<Settings, 'autoUpdateEnabled' | 'autoInstallUpdates' | 'updateChannel'>;
  isOnline(): boolean;
  isMetered(): Promise<boolean>;
  /** The version that the person went back from. */
  refused(): string | undefined;
  /** Installs what was downloaded, after which the app ends. */
  install(): Promise<Outcome>;
  random(): number;
  log(line: string): void;
}

export type Outcome =
  | { is: 'installed' }
  | { is: 'put-off' }
  /** `lost`: what was downloaded cannot be used any more. */
  | { is: 'refused'; problem: string; lost?: boolean };

type Listener = (state: UpdateState, before: UpdateState) => void;

/** Knows what is newer, fetches it, and says so. Nothing here is ever thrown at a page. */
export class Updater {
  #state: UpdateState = { at: 'idle' };
  #looking: Promise<void> | undefined;
  #fetching: Promise<void> | undefined;
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

  /** From now on it looks by itself, now and then. */
  begin(last: Looked = 'not-yet'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#lookUnasked(), untilNextLook(last, this.#options.random()));
    this.#timer.unref();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  /** The answer to a person or page that asks; a failure is told through the state. */
  async check(): Promise<UpdateCheck> {
    await this.#look();
    return 'offer' in this.#state && this.#state.offer
      ? { available: true, ...this.#state.offer }
      : { available: false };
  }

  /** Resolves when it is there, or cannot be had. */
  async download(): Promise<Result> {
    if (this.#state.at === 'idle' || this.#state.at === 'checking') await this.#look();
    await this.#fetch();
    if (this.#state.at === 'downloaded' || this.#state.at === 'installing') return { success: true };
    return { success: false, error: this.#problem() ?? 'There is no newer version to download.' };
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

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    if (this.#state.at === 'downloaded') return this.#lookAgain(this.#state.offer.version);
    if (!this.#dispatch({ type: 'check' })) return;
    const { feed, settings, log } = this.#options;
    try {
      const channel = settings().updateChannel;
      const offer = await (await feed()).check(channel);
      if (settings().updateChannel !== channel) {
        this.#dispatch({ type: 'nothing' });
        return await this.#lookOnce();
      }
      log(`update: ${offer ? `${offer.version} is there` : 'nothing newer'} (${channel})`);
      this.#dispatch(offer ? { type: 'found', offer } : { type: 'nothing' });
    } catch (error) {
      this.#fail('looking for one', error);
    }
  }

  /** Whether what waits to be installed is still what is offered: a release may have been taken back. */
  async #lookAgain(version: string): Promise<void> {
    const { feed, settings, log } = this.#options;
    try {
      const offer = await (await feed()).check(settings().updateChannel);
      // Another channel is wanted meanwhile.
      if (this.#state.at !== 'downloaded') return await this.#lookOnce();
      if (offer?.version === version) return;
      log(`update: ${version} is not offered any more`);
      if (offer === undefined)
        return void this.#dispatch({ type: 'withdrawn', problem: `CachiBot ${version} is not offered any more.` });
      this.#dispatch({ type: 'withdrawn' });
      await this.#lookOnce();
    } catch (error) {
      log(`update: looking whether ${version} is still offered failed: ${(error as Error).message}`);
    }
  }

  #fetch(): Promise<void> {
    this.#fetching ??= this.#fetchOnce().finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetchOnce(): Promise<void> {
    if (!this.#dispatch({ type: 'download' })) return;
    const { settings, log } = this.#options;
    const channel = settings().updateChannel;
    try {
      const feed = await this.#options.feed();
      await feed.download(progress => this.#dispatch({ type: 'progress', progress }));
      const wanted = settings().updateChannel === channel;
      log(`update: downloaded and verified${wanted ? '' : ', for a channel that is not wanted any more'}`);
      const problem = 'What was downloaded is of the channel that was left.';
      this.#dispatch(wanted ? { type: 'downloaded' } : { type: 'withdrawn', problem });
    } catch (error) {
      this.#fail('downloading it', error);
      // What was offered on the old one is offered no more.
      if (settings().updateChannel !== channel) this.channelChanged();
    }
  }

  async #lookUnasked(): Promise<void> {
    const { log } = this.#options;
    const now = await this.#circumstances();
    const reason = reasonNotToLook(now);
    if (reason !== undefined) log(`update: not looked for: ${reason}`);
    else await this.#look();
    // A download that failed is not tried again soon: it may be large, and fail each time.
    const looked = reason === undefined && this.#problem() === undefined;
    if (this.#state.at === 'available') {
      const against = reasonNotToDownload(now, this.#state.offer.version);
      if (against === undefined) await this.#fetch();
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
