import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { app, autoUpdater, net } from 'electron';
import type { BackendState } from '../server/core/state';
import { openJsonFile } from '../settings/json-file';
import { lazyRequire } from '../system/lazy-require';
import { words } from '../words/en';
import type { Result, UpdateCheck } from './core/offer';
import type { RollbackOption } from './core/record';
import type { Feed } from './feed';
import type { UpdateHost, Updates } from './host';
import { InstallLock } from './install-lock';
import { type InstalledCopy, readInstalledCopy } from './installed-copy';
import { Notifier } from './notifier';
import { openUpdateRecord, type UpdateRecords } from './record-store';
import type { Installation, InstallTarget } from './targets/target';
import { targetFor } from './targets/target-for';
import { Trial } from './trial';
import { type Outcome, Updater } from './updater';

// Loaded at their first use, so that they do not delay the start.
const feedConnection = lazyRequire<typeof import('./feed-connection')>(() => require('./feed-connection'));
const installModule = lazyRequire<typeof import('./install')>(() => require('./install'));
const meteredConnection = lazyRequire<typeof import('../system/metered-connection')>(() =>
  require('../system/metered-connection'),
);
const rollbackModule = lazyRequire<typeof import('./rollback')>(() => require('./rollback'));
const stepsModule = lazyRequire<typeof import('./install-steps')>(() => require('./install-steps'));

/** Opens the updates: connects their parts. Parts that the start does not need are loaded after the first paint. */
export function openUpdates(host: UpdateHost): Updates {
  return new UpdateService(host);
}

class UpdateService implements Updates {
  readonly #version = app.getVersion();
  readonly #lock = new InstallLock();
  readonly #host: UpdateHost;
  readonly #records: UpdateRecords;
  readonly #trial: Trial;
  readonly #updater: Updater;
  readonly #notifier: Notifier;
  readonly #installed: InstalledCopy;
  #feed: Feed | undefined;
  #target: InstallTarget | undefined;
  #checksRegularly = false;
  /** An installation that the user requested is in progress, and the app relaunches afterwards. */
  #relaunchesWhenInstalled = false;
  #rollingBack: Promise<void> | undefined;
  readonly #quits = new AbortController();
  #quitting: Promise<void> | undefined;
  /** Set while an installation at quit is in progress. `relaunch`: the user has started the app again since. */
  #installingAtQuit: { relaunch: boolean } | undefined;
  /** The other version is in place, or its installer waits for this process to end. */
  #isReplaced = false;

  constructor(host: UpdateHost) {
    const { launch } = host;
    const log = launch.log.line;
    this.#host = host;
    this.#records = openUpdateRecord(openJsonFile(join(launch.folders.profile, 'update.json'), log));
    this.#trial = new Trial({ records: this.#records, version: this.#version, log });
    this.#installed = readInstalledCopy(host.appImageFile, host.testBuild !== undefined);
    this.#updater = new Updater({
      feed: async () => (this.#feed ??= this.#openFeed()),
      settings: launch.settings.get,
      isOnline: () => net.isOnline(),
      isMetered: () => meteredConnection().isMetered(launch.config.platform.processTable),
      rolledBackVersion: () => this.#records.get().refused,
      install: () => this.#install({ atQuit: false }),
      random: Math.random,
      log,
    });
    this.#notifier = new Notifier({
      updater: this.#updater,
      version: this.#version,
      windows: () => host.windows(),
      settings: launch.settings.get,
      menuChanged: () => host.menuChanged(),
      setBadge: description => host.setBadge(description),
      log,
    });
  }

  serverChanged(state: BackendState): void {
    // A newer version may fix the failure.
    if (state.phase === 'failed' && this.#host.launch.config.mode === 'app') this.#checkRegularly();
    this.#trial.serverChanged(state);
  }

  startChecking(): void {
    this.#checkRegularly();
    const notInstalled = this.#trial.reportNotInstalled();
    if (notInstalled !== undefined) this.#notifier.notInstalled(notInstalled);
  }

  check(): Promise<UpdateCheck> {
    return this.#notifier.repeatUnchanged(this.#updater.check());
  }

  download(): Promise<Result> {
    return this.#notifier.repeatUnchanged(this.#updater.download());
  }

  install(): Promise<void> {
    return this.#updater.install();
  }

  channelChanged(): void {
    this.#updater.channelChanged();
  }

  menuItem(): { label: string; click?: () => void } {
    return this.#notifier.menuItem();
  }

  rollbackOption(): RollbackOption | undefined {
    return this.#trial.rollbackOption(this.#host.launch.backend.state);
  }

  async rollBack(): Promise<void> {
    if (!this.#host.confirmRestart()) return;
    this.#rollingBack ??= this.#rollBack().finally(() => (this.#rollingBack = undefined));
    await this.#rollingBack;
  }

  isInstalling(): boolean {
    return this.#lock.held !== undefined;
  }

  delaysQuit(): boolean {
    return this.isInstalling() || (!this.#isQuitting() && this.#isDueAtQuit());
  }

  requestRelaunch(): boolean {
    if (this.#relaunchesWhenInstalled && !this.#isQuitting()) return true;
    // An installer would kill a process that is started now, so it relaunches the app itself.
    if (this.#installingAtQuit === undefined || this.#openTarget()?.relaunchFile !== undefined) return false;
    this.#installingAtQuit.relaunch = true;
    return true;
  }

  async atQuit(): Promise<void> {
    this.#quits.abort();
    this.#quitting ??= this.#installAtQuit().catch((error: Error) =>
      this.#log(`update: not installed at quit: ${error.message}`),
    );
    await this.#quitting;
    await this.#lock.held;
  }

  #log(line: string): void {
    this.#host.launch.log.line(line);
  }

  #isQuitting(): boolean {
    return this.#quits.signal.aborted;
  }

  #checkRegularly(): void {
    if (this.#checksRegularly) return;
    this.#checksRegularly = true;
    this.#trial.completeRollback();
    void this.#openTarget()
      ?.removeLeftovers?.()
      .catch((error: Error) => this.#log(`update: leftovers could not be removed: ${error.message}`));
    const updatable = this.#installed.updatable();
    if (typeof updatable === 'string') this.#log(`update: ${updatable}`);
    else this.#updater.scheduleCheck();
  }

  #openFeed(): Feed {
    const updatable = this.#installed.updatable();
    if (typeof updatable === 'string') throw new Error(updatable);
    const { connectFeed } = feedConnection();
    return connectFeed({
      ...updatable,
      records: this.#records,
      settings: this.#host.launch.settings,
      log: line => this.#log(line),
    });
  }

  #openTarget(): InstallTarget | undefined {
    const { format } = this.#installed;
    if (format === undefined) return undefined;
    const { appImageFile, launch } = this.#host;
    this.#target ??= targetFor(format, {
      version: this.#version,
      appImageFile,
      executableFile: process.execPath,
      isRoot: process.getuid?.() === 0,
      shouldRelaunch: () => this.#shouldRelaunch(),
      squirrel: () => autoUpdater,
      quitAndInstall: async () => {
        // The log is written first, because the app then quits at once.
        await launch.flushLogs();
        this.#feed?.quitAndInstall(this.#shouldRelaunch());
      },
      log: launch.log.line,
    });
    return this.#target;
  }

  /** Whether the app relaunches after the installation in progress. */
  #shouldRelaunch(): boolean {
    return this.#installingAtQuit?.relaunch ?? !this.#isQuitting();
  }

  async #install({ atQuit }: { atQuit: boolean }): Promise<Outcome> {
    if (!atQuit && !this.#host.confirmRestart()) return { is: 'postponed' };
    const download = this.#feed?.downloaded();
    const target = this.#openTarget();
    if (download === undefined || target === undefined)
      return { is: 'refused', problem: words.updateProblem.nothingDownloaded };
    const installation = target.createInstallation(download);
    let release = () => {};
    const acquireLock = () => {
      // A backup of everything may have begun while a question was open.
      if (!atQuit && !this.#host.confirmRestart()) return false;
      release = this.#lock.acquire();
      this.#relaunchesWhenInstalled = !atQuit;
      return true;
    };
    try {
      const outcome = await this.#runSteps({ version: download.version, installation, atQuit, acquireLock });
      // electron-updater would mistake a file that still exists for the verified download.
      if (outcome.is === 'refused' && outcome.lost) await rm(download.file, { force: true });
      if (outcome.is === 'installed') {
        this.#log(`update: ${download.version} replaces ${this.#version}`);
        this.#isReplaced = true;
        if (installation.quit) await installation.quit();
        else await this.#host.exitApp(this.#shouldRelaunch() ? target.relaunchFile : undefined);
      }
      return outcome;
    } finally {
      this.#relaunchesWhenInstalled = false;
      release();
    }
  }

  #runSteps(options: {
    version: string;
    installation: Installation;
    atQuit: boolean;
    acquireLock(): boolean;
  }): Promise<Outcome> {
    const { installSteps } = stepsModule();
    const { installUpdate } = installModule();
    const { signal: quits } = this.#quits;
    return installUpdate(installSteps({ ...options, host: this.#host, trial: this.#trial, quits }));
  }

  #isDueAtQuit(): boolean {
    const { settings } = this.#host.launch;
    return !this.#isReplaced && this.#updater.state.at === 'downloaded' && settings.get().autoInstallUpdates;
  }

  async #installAtQuit(): Promise<void> {
    this.#updater.stopChecking();
    // Does not wait when nothing is pending, so that a relaunch request that arrives now is not missed.
    if (this.#lock.held !== undefined) await this.#lock.held;
    if (!this.#isDueAtQuit()) return;
    if (this.#openTarget()?.needsPassword() ?? true)
      return this.#log('update: not installed at quit: it needs a password');
    const installing = { relaunch: false };
    this.#installingAtQuit = installing;
    const outcome = await this.#install({ atQuit: true });
    if (outcome.is === 'installed') return;
    if (outcome.is === 'refused') this.#log(`update: not installed at quit: ${outcome.problem}`);
    if (installing.relaunch) this.#host.relaunch();
    this.#installingAtQuit = undefined;
  }

  #rollBack(): Promise<void> {
    const { rollBack } = rollbackModule();
    const source = this.#installed.source();
    const target = this.#openTarget();
    return rollBack({
      launch: this.#host.launch,
      trial: this.#trial,
      version: this.#version,
      page: typeof source === 'string' ? 'https://cachibot.ai' : source.page,
      target,
      openOwn: address => this.#host.openOwn(address),
      confirmRestart: () => this.#host.confirmRestart(),
      acquireLock: () => {
        const isBusy =
          this.rollbackOption() === undefined || this.isInstalling() || this.#updater.state.at === 'installing';
        return isBusy ? undefined : this.#lock.acquire();
      },
      isQuitting: () => this.#isQuitting(),
      exitApp: () => {
        this.#isReplaced = true;
        return this.#host.exitApp(this.#isQuitting() ? undefined : target?.relaunchFile);
      },
    });
  }
}
