import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { app, autoUpdater, net } from 'electron';
import type { BackendState } from '../server/core/state';
import { keptFile } from '../settings/json-file';
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

// Loaded when they are needed: a start pays for none of them.
const feedConnection = lazyRequire<typeof import('./feed-connection')>(() => require('./feed-connection'));
const installModule = lazyRequire<typeof import('./install')>(() => require('./install'));
const meteredConnection = lazyRequire<typeof import('../system/metered-connection')>(() =>
  require('../system/metered-connection'),
);
const rollbackModule = lazyRequire<typeof import('./rollback')>(() => require('./rollback'));
const stepsModule = lazyRequire<typeof import('./install-steps')>(() => require('./install-steps'));

/** Joins the parts of updates. Those that a start does not need are loaded after the first paint. */
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
  /** An installation that the user asked for has stopped the server; the app starts again when it is done. */
  #relaunchesAfter = false;
  #rollingBack: Promise<void> | undefined;
  #quitting: Promise<void> | undefined;
  /** An installation at quit is under way. `relaunch`: the app was started again meanwhile. */
  #installingAtQuit: { relaunch: boolean } | undefined;
  /** The other version is in place, or its installer waits for this process to end. */
  #handedOver = false;

  constructor(host: UpdateHost) {
    const { launch } = host;
    const log = launch.log.line;
    this.#host = host;
    this.#records = openUpdateRecord(keptFile(join(launch.folders.profile, 'update.json'), log));
    this.#trial = new Trial({ records: this.#records, version: this.#version, log });
    this.#installed = readInstalledCopy(host.appImageFile, host.rehearsal !== undefined);
    this.#updater = new Updater({
      feed: async () => (this.#feed ??= this.#openFeed()),
      settings: launch.settings.get,
      isOnline: () => net.isOnline(),
      isMetered: () => meteredConnection().isMetered(launch.config.platform.processTable),
      refused: () => this.#records.get().refused,
      install: () => this.#install({ atQuit: false }),
      random: Math.random,
      log,
    });
    this.#notifier = new Notifier({
      updater: this.#updater,
      version: this.#version,
      windows: () => host.windows(),
      menuChanged: () => host.menuChanged(),
      log,
    });
  }

  follow(state: BackendState): void {
    // A newer version may be the cure.
    if (state.phase === 'failed' && this.#host.launch.config.mode === 'app') this.#checkRegularly();
    this.#trial.follow(state);
  }

  begin(): void {
    this.#checkRegularly();
    const notInstalled = this.#trial.takeNotInstalled();
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

  rollBack(): Promise<void> {
    this.#rollingBack ??= this.#rollBack().finally(() => (this.#rollingBack = undefined));
    return this.#rollingBack;
  }

  isInstalling(): boolean {
    return this.#lock.held !== undefined;
  }

  holdsQuit(): boolean {
    return this.isInstalling() || (!this.#isQuitting() && this.#isDueAtQuit());
  }

  requestRelaunch(): boolean {
    if (this.#relaunchesAfter && !this.#isQuitting()) return true;
    // Only an installer would end a process that is started now.
    if (this.#installingAtQuit === undefined || this.#openTarget()?.relaunchFile !== undefined) return false;
    this.#installingAtQuit.relaunch = true;
    return true;
  }

  async atQuit(): Promise<void> {
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
    return this.#quitting !== undefined;
  }

  #checkRegularly(): void {
    if (this.#checksRegularly) return;
    this.#checksRegularly = true;
    this.#trial.completeRollback();
    void this.#openTarget()
      ?.removeLeftovers?.()
      .catch((error: Error) => this.#log(`update: what an earlier one has left stays: ${error.message}`));
    const updatable = this.#installed.updatable();
    if (typeof updatable === 'string') this.#log(`update: ${updatable}`);
    else this.#updater.begin();
  }

  #openFeed(): Feed {
    const updatable = this.#installed.updatable();
    if (typeof updatable === 'string') throw new Error(updatable);
    const { connectFeed } = feedConnection();
    return connectFeed({ ...updatable, records: this.#records, log: line => this.#log(line) });
  }

  #openTarget(): InstallTarget | undefined {
    const { format } = this.#installed;
    if (format === undefined) return undefined;
    const { appImageFile, launch } = this.#host;
    this.#target ??= targetFor(format, {
      version: this.#version,
      appImageFile,
      programFile: process.execPath,
      isRoot: process.getuid?.() === 0,
      relaunchesAfter: () => this.#startsAgain(),
      squirrel: () => autoUpdater,
      quitAndInstall: async () => {
        // The app quits at once then, so its log is written before.
        await launch.endLogs();
        this.#feed?.handOver(this.#startsAgain());
      },
      log: launch.log.line,
    });
    return this.#target;
  }

  /** Whether the app starts again after the installation that is under way. */
  #startsAgain(): boolean {
    return this.#installingAtQuit?.relaunch ?? !this.#isQuitting();
  }

  async #install({ atQuit }: { atQuit: boolean }): Promise<Outcome> {
    const download = this.#feed?.downloaded();
    const target = this.#openTarget();
    if (download === undefined || target === undefined)
      return { is: 'refused', problem: words.updateProblem.nothingDownloaded };
    const installation = target.installation(download);
    if (installation.manualStep !== undefined) return { is: 'refused', problem: installation.manualStep };
    let release = () => {};
    const acquireLock = () => {
      release = this.#lock.acquire();
      this.#relaunchesAfter = !atQuit;
    };
    try {
      const outcome = await this.#runSteps({ version: download.version, installation, atQuit, acquireLock });
      // electron-updater would take a file that is still there for the verified one.
      if (outcome.is === 'refused' && outcome.lost) await rm(download.file, { force: true });
      if (outcome.is === 'installed') {
        this.#log(`update: ${download.version} is in the place of ${this.#version}`);
        this.#handedOver = true;
        if (installation.quit) await installation.quit();
        else await this.#host.leave(this.#startsAgain() ? target.relaunchFile : undefined);
      }
      return outcome;
    } finally {
      this.#relaunchesAfter = false;
      release();
    }
  }

  #runSteps(options: {
    version: string;
    installation: Installation;
    atQuit: boolean;
    acquireLock(): void;
  }): Promise<Outcome> {
    const { installSteps } = stepsModule();
    const { installUpdate } = installModule();
    const isQuitting = () => this.#isQuitting();
    return installUpdate(installSteps({ ...options, host: this.#host, trial: this.#trial, isQuitting }));
  }

  #isDueAtQuit(): boolean {
    const { settings } = this.#host.launch;
    return !this.#handedOver && this.#updater.state.at === 'downloaded' && settings.get().autoInstallUpdates;
  }

  async #installAtQuit(): Promise<void> {
    this.#updater.end();
    // Does not wait when nothing is pending, so that a relaunch request that arrives now is not missed.
    if (this.#lock.held !== undefined) await this.#lock.held;
    if (!this.#isDueAtQuit()) return;
    if (this.#openTarget()?.asksForPassword() ?? true) return this.#log('update: not at quit: it takes a password');
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
      acquireLock: () => {
        const isBusy =
          this.rollbackOption() === undefined || this.isInstalling() || this.#updater.state.at === 'installing';
        return isBusy ? undefined : this.#lock.acquire();
      },
      isQuitting: () => this.#isQuitting(),
      leave: () => {
        this.#handedOver = true;
        return this.#host.leave(this.#isQuitting() ? undefined : target?.relaunchFile);
      },
    });
  }
}
