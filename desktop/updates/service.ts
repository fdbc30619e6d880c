import { constants, readFileSync } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { app, autoUpdater, dialog, Notification, nativeImage, net, session, shell } from 'electron';
import { withoutDetours } from '../server/core/environment';
import { type BackendState, isAtRest } from '../server/core/state';
import { keptFile } from '../settings/json-file';
import { whyUnwritable } from '../startup/instance-lock';
import type { Launch } from '../startup/launch';
import type { Windows } from '../window/windows';
import { updateProblem } from './core/messages';
import type { Result, UpdateCheck } from './core/offer';
import { formatOf, needsPassword, type UpdateFormat } from './core/package-format';
import {
  afterGoingBack,
  afterMissing,
  afterReady,
  afterStart,
  type Backup,
  goingBack,
  type WayBack,
  wayBackFrom,
} from './core/record';
import { readUpdateSource, type UpdateSource } from './core/source';
import { menuItemFor, newsFor, noticesFor, type UpdateState } from './core/state';
import type { Downloaded, Feed } from './feed';
import { openUpdateRecord } from './record-store';
import { type Outcome, Updater } from './updater';

interface Options {
  launch: Pick<Launch, 'config' | 'folders' | 'settings' | 'log' | 'port' | 'backend' | 'endLogs'>;
  /** Why this build is none for release. */
  rehearsal: string | undefined;
  /** When it is one. */
  appImageFile: string | undefined;
  windows(): Windows | undefined;
  flushPage(): void;
  /** Ends the app at once, after the logs; the server is gone already. With `program`, that one begins then. */
  leave(program?: string): Promise<void>;
  menuChanged(): void;
  /** Has another process begin when this one has ended. */
  beginAnew(): void;
}

export interface Updates {
  /** Each state of the server: a new version is on trial until it has been ready. */
  follow(state: BackendState): void;
  /** From here on there is time for it. */
  begin(): void;
  check(): Promise<UpdateCheck>;
  download(): Promise<Result>;
  install(): Promise<void>;
  channelChanged(): void;
  menuItem(): { label: string; click?: () => void };
  wayBack(): WayBack | undefined;
  /** Puts the version before in this one's place, if the person says so. */
  goBack(): Promise<void>;
  /** One version is being put in another's place: no server may be started under that. */
  isInstalling(): boolean;
  /** There is something to be done before the app may quit, which `atQuit` does. */
  holdsQuit(): boolean;
  /** The app was started again while it quits. Whether an installer that takes over now will begin it. */
  comeBack(): boolean;
  /** Ends what is being installed, or installs what waits for the quit; resolves when the quit may go on. */
  atQuit(): Promise<void>;
}

interface Installation {
  /** What the person has to do in its place. */
  instead?: string | undefined;
  prepare(): Promise<void>;
  put(): Promise<void>;
  /** Where the version before is kept. */
  previous?: string | undefined;
  leave(): Promise<void>;
}

const PORT_TRIES = 20;
const PORT_PAUSE_MS = 250;

/** Joins what updates are made of. The parts are loaded when they are first needed, none of them before the first paint. */
export function openUpdates(options: Options): Updates {
  const { launch, rehearsal, appImageFile, windows, flushPage, leave, menuChanged, beginAnew } = options;
  const { config, folders, settings, log, port, backend } = launch;
  const version = app.getVersion();
  const record = openUpdateRecord(keptFile(join(folders.profile, 'update.json'), log.line));
  const packageType = readOrUndefined(join(process.resourcesPath, 'package-type'))?.trim();
  const format = formatOf({ platform: process.platform, appImage: appImageFile, packageType });
  let read: UpdateSource | string | undefined;
  const source = () =>
    (read ??= readUpdateSource(readJson(join(app.getAppPath(), 'updates.json')), rehearsal !== undefined));
  let feed: Feed | undefined;
  /** From when the server is stopped until the new version is there, or the old one goes on. */
  let replacing: Promise<void> | undefined;
  /** The installation that was asked for is under way, and begins an app when it is done. */
  let begins = false;
  let goingBackNow: Promise<void> | undefined;
  let looks = false;
  let quitting: Promise<void> | undefined;
  /** An installation at quit is under way; `wanted`: and the app was started again since. */
  let atQuit: { wanted: boolean } | undefined;
  let handedOver = false;
  /** Held: one that is collected as garbage hears no click any more. */
  let note: Notification | undefined;
  let lastPhase: BackendState['phase'] | undefined;

  const updater = new Updater({
    feed: async () => (feed ??= openFeed(usable())),
    settings: settings.get,
    isOnline: () => net.isOnline(),
    isMetered: () =>
      (require('../system/metered-connection') as typeof import('../system/metered-connection')).isMetered(
        config.platform.processTable,
      ),
    refused: () => record.get().refused,
    install: () => install(true),
    random: Math.random,
    log: log.line,
  });
  updater.onChange(tell);
  updater.onChange((state, before) => {
    if (state.at !== before.at) menuChanged();
  });

  return {
    follow,
    begin() {
      lookFromNowOn();
      tellMissed();
    },
    check: () => telling(updater.check()),
    download: () => telling(updater.download()),
    install: () => updater.install(),
    channelChanged: () => updater.channelChanged(),
    menuItem,
    wayBack,
    goBack() {
      goingBackNow ??= goBack().finally(() => (goingBackNow = undefined));
      return goingBackNow;
    },
    isInstalling: () => replacing !== undefined,
    holdsQuit: () => replacing !== undefined || (quitting === undefined && isDueAtQuit()),
    comeBack() {
      if (begins && quitting === undefined) return true;
      // It would end a process that this one begins.
      if (atQuit === undefined || (format !== 'nsis' && format !== 'mac')) return false;
      atQuit.wanted = true;
      return true;
    },
    async atQuit() {
      quitting ??= installAtQuit().catch((error: Error) => log.line(`update: not installed at quit: ${error.message}`));
      await quitting;
      await replacing;
    },
  };

  function lookFromNowOn(): void {
    if (looks) return;
    looks = true;
    endPassage();
    if (format === 'appimage' && appImageFile !== undefined)
      void appImage(appImageFile)
        .sweep()
        .catch((error: Error) => log.line(`update: what an earlier one has left stays: ${error.message}`));
    const from = usableOr();
    if (typeof from === 'string') log.line(`update: ${from}`);
    else updater.begin();
  }

  function follow(state: BackendState): void {
    // A newer version may be what helps.
    if (state.phase === 'failed' && config.mode === 'app') lookFromNowOn();
    const { passage } = record.get();
    if (passage?.to !== version || passage.ready) return;
    try {
      if (state.phase === 'starting' && lastPhase !== 'starting') record.change(kept => afterStart(kept, version));
      if (state.phase === 'ready') {
        record.change(kept => afterReady(kept, version));
        log.line(`update: from ${passage.from} to ${version}, which is ready`);
      }
      if (state.phase === 'failed')
        log.line(`update: from ${passage.from} to ${version}, which is not ready after start ${passage.starts}`);
    } catch (error) {
      log.line(`update: how the new version starts could not be kept: ${(error as Error).message}`);
    }
    lastPhase = state.phase;
  }

  /** It is the version that the person went back to, and runs. */
  function endPassage(): void {
    try {
      record.change(kept => afterGoingBack(kept, version));
    } catch (error) {
      log.line(`update: the way back could not be noted: ${(error as Error).message}`);
    }
  }

  /** It was begun, and this version runs all the same: the installer was kept from it. Said once. */
  function tellMissed(): void {
    const { passage } = record.get();
    const changed = afterMissing(record.get(), version, new Date());
    if (passage === undefined || changed === undefined) return;
    log.line(`update: ${passage.to} was not installed on ${passage.at}`);
    try {
      record.change(() => changed);
    } catch (error) {
      log.line(`update: that could not be noted: ${(error as Error).message}`);
    }
    const body = 'This version goes on, and your data is as it was. You can try again in Settings.';
    notify({ title: `CachiBot ${passage.to} was not installed`, body });
  }

  /** Undefined also while somebody else works on the data: that is not this version's fault, and would lose theirs. */
  function wayBack(): WayBack | undefined {
    const { state } = backend;
    if (!isAtRest(state)) return undefined;
    if (state.phase === 'failed' && state.failure.kind === 'exited' && state.failure.holder) return undefined;
    return wayBackFrom(record.get(), version);
  }

  /** What the page, the person and the icon are told when something has changed. */
  function tell(state: UpdateState, before: UpdateState): void {
    const told = noticesFor(state).filter(
      ({ name }) => name !== 'update:error' || problemOf(state) !== problemOf(before),
    );
    for (const { name, notice } of told) windows()?.tell(name, notice);
    if (state.at === before.at) return;
    mark(state.at === 'downloaded' ? `CachiBot ${state.offer.version} is ready` : undefined);
    const news = newsFor(before, state);
    if (news) notify(news);
  }

  /** A page may have forgotten what it was told before: where nothing changes, it hears that again. */
  async function telling<Answer>(asked: Promise<Answer>): Promise<Answer> {
    const before = updater.state;
    const answer = await asked;
    if (updater.state === before) for (const { name, notice } of noticesFor(before)) windows()?.tell(name, notice);
    return answer;
  }

  function notify(news: { title: string; body: string }): void {
    if (!Notification.isSupported()) return log.line(`update: the system shows no notifications (${news.title})`);
    note?.close();
    note = new Notification(news);
    note.on('click', () => {
      windows()?.focus();
      if (updater.state.at === 'downloaded') void offerInstallation(updater.state.offer.version);
      if (updater.state.at === 'available') void fetchAsked();
    });
    note.show();
  }

  /** A number on the icon where the system has one, a dot on the button in the taskbar on Windows. */
  function mark(what: string | undefined): void {
    app.setBadgeCount(what === undefined ? 0 : 1);
    if (process.platform !== 'win32') return;
    const dot = nativeImage.createFromPath(join(__dirname, '..', 'pages', 'icon.png')).resize({ width: 16 });
    windows()
      ?.main()
      ?.setOverlayIcon(what === undefined ? null : dot, what ?? '');
  }

  function menuItem(): { label: string; click?: () => void } {
    const { label, does } = menuItemFor(updater.state);
    if (does === undefined) return { label };
    const acts = {
      check: async () => {
        const answer = await updater.check();
        const problem = problemOf(updater.state);
        if (problem !== undefined) await say('CachiBot could not look for updates', problem);
        else if (!answer.available) await say('CachiBot is up to date', `This is version ${version}.`);
      },
      download: fetchAsked,
      install: async () => {
        await updater.install();
        await sayIfRefused();
      },
    };
    return { label, click: () => void acts[does]() };
  }

  async function fetchAsked(): Promise<void> {
    const done = await updater.download();
    if (!done.success) await say('The update could not be downloaded', done.error);
  }

  async function offerInstallation(newer: string): Promise<void> {
    const { response } = await dialog.showMessageBox({
      message: `Restart now to update to CachiBot ${newer}?`,
      detail: 'Your data is copied first.',
      buttons: ['Restart Now', 'Later'],
      cancelId: 1,
    });
    if (response !== 0) return;
    await updater.install();
    await sayIfRefused();
  }

  async function sayIfRefused(): Promise<void> {
    const problem = problemOf(updater.state);
    if (problem !== undefined) await say('The update was not installed', problem);
  }

  async function say(message: string, detail: string): Promise<void> {
    await dialog.showMessageBox({ type: 'info', message, detail, buttons: ['OK'] });
  }

  function usableOr(): { source: UpdateSource; format: UpdateFormat } | string {
    const from = source();
    if (typeof from === 'string') return from;
    return format === undefined
      ? `This copy of CachiBot was unpacked by hand and cannot replace itself. Newer versions: ${from.page}`
      : { source: from, format };
  }

  function usable(): { source: UpdateSource; format: UpdateFormat } {
    const found = usableOr();
    if (typeof found === 'string') throw new Error(found);
    return found;
  }

  function openFeed(from: { source: UpdateSource; format: UpdateFormat }): Feed {
    const { download, openRequest } = require('./download') as typeof import('./download');
    const own = session.fromPartition('cachibot-updates', { cache: false });
    // Chromium would tell the feed the system, the versions and the person's language.
    own.setUserAgent('CachiBot', 'en');
    const ask: typeof own.fetch = (url, how) => own.fetch(url, how);
    return (require('./feed') as typeof import('./feed')).openFeed({
      ...from,
      development: !app.isPackaged,
      newestSeen: channel => record.get().seen[channel],
      remember: (channel, date) => record.change(kept => ({ ...kept, seen: { ...kept.seen, [channel]: date } })),
      fetch: wish => download(ask, wish),
      request: (asked, answered) => openRequest(ask, asked, answered),
      log: log.line,
    });
  }

  async function install(again: boolean): Promise<Outcome> {
    let replaced = () => {};
    const replace = () => {
      replaced = hold();
      begins = again;
    };
    try {
      return await installOnce(again, replace);
    } finally {
      begins = false;
      replaced();
    }
  }

  /** Nothing may cut off what follows, until the function that it returns is called. */
  function hold(): () => void {
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    replacing = held;
    return () => {
      if (replacing === held) replacing = undefined;
      release();
    };
  }

  /** `replace` is called when nothing may cut it off any more. */
  async function installOnce(again: boolean, replace: () => void): Promise<Outcome> {
    const ready = feed?.downloaded();
    if (feed === undefined || ready === undefined) return { is: 'refused', problem: 'Nothing was downloaded yet.' };
    const how = installation(usable().format, feed, ready, again);
    if (how.instead !== undefined) return { is: 'refused', problem: how.instead };
    const { installUpdate } = require('./install') as typeof import('./install');
    let before = record.get();
    const outcome = await installUpdate({
      version: ready.version,
      activity: async () => {
        const { token } = backend;
        // Whoever quits has said already that the work ends.
        if (!again || token === undefined || isAtRest(backend.state)) return 'none';
        return (require('../server/activity') as typeof import('../server/activity')).askActivity(port, token);
      },
      confirm: async question => {
        const answer = await dialog.showMessageBox({ ...question, buttons: ['Restart Now', 'Later'], cancelId: 1 });
        return answer.response === 0;
      },
      prepare: how.prepare,
      flushPage,
      backUp,
      // It holds what the database holds. One too many does no harm.
      dropBackup: ({ copy }) => rm(copy, { force: true }).catch(() => {}),
      stop() {
        replace();
        return backend.stop();
      },
      portIsFree,
      remember: backup => {
        before = record.get();
        record.change(({ seen }) => ({
          seen,
          passage: {
            from: version,
            to: ready.version,
            at: new Date().toISOString(),
            starts: 0,
            ready: false,
            ...(how.previous === undefined ? {} : { previous: how.previous }),
            ...(backup ? { backup } : {}),
          },
        }));
      },
      forget: () => record.change(({ seen }) => ({ ...before, seen })),
      put: how.put,
      // Who quits meanwhile does not want it back.
      startAgain: () => void (again && quitting === undefined && backend.start()),
      log: log.line,
    });
    // Whatever is there would be taken for what was verified once.
    if (outcome.is === 'refused' && outcome.lost) await rm(ready.file, { force: true });
    if (outcome.is === 'installed') {
      log.line(`update: ${ready.version} is in the place of ${version}`);
      handedOver = true;
      await how.leave();
    }
    return outcome;
  }

  function isDueAtQuit(): boolean {
    return !handedOver && updater.state.at === 'downloaded' && settings.get().autoInstallUpdates;
  }

  async function installAtQuit(): Promise<void> {
    updater.end();
    // Without a pause where there is none: who starts the app again at once is to be heard.
    if (replacing !== undefined) await replacing;
    if (!isDueAtQuit()) return;
    // For everybody on Windows: an installer that may not write there asks for an administrator.
    const forAll = format === 'nsis' && whyUnwritable(dirname(process.execPath)) !== undefined;
    if (format === undefined || needsPassword(format) || forAll)
      return log.line('update: not at quit: it takes a password');
    atQuit = { wanted: false };
    const outcome = await install(false);
    if (outcome.is === 'installed') return;
    if (outcome.is === 'refused') log.line(`update: not installed at quit: ${outcome.problem}`);
    if (atQuit.wanted) beginAnew();
    atQuit = undefined;
  }

  /** How each form of the app is replaced. */
  function installation(form: UpdateFormat, from: Feed, { file, sha512 }: Downloaded, again: boolean): Installation {
    const { expectUnchanged } = require('./download') as typeof import('./download');
    const verify = () => expectUnchanged(file, sha512);
    const comesBack = () => atQuit?.wanted || (again && quitting === undefined);
    const anew = (program: string) => () => leave(again && quitting === undefined ? program : undefined);
    switch (form) {
      case 'appimage': {
        const image = appImage(appImageFile ?? '');
        return {
          async prepare() {
            await verify();
            await image.prepare(file, fresh => expectUnchanged(fresh, sha512));
          },
          put: image.swap,
          previous: image.previous,
          leave: anew(image.file),
        };
      }
      case 'deb':
      case 'rpm': {
        const { canAskForPassword, commandForPeople, installPackage } =
          require('./targets/linux-package') as typeof import('./targets/linux-package');
        const root = process.getuid?.() === 0;
        const instead = canAskForPassword(root)
          ? undefined
          : `This system has no way to ask for a password here. In a terminal: ${commandForPeople({ format: form, file })}`;
        const put = async () => {
          await verify(); // again: the copy of the data may have taken minutes
          await installPackage({ format: form, file, root, log: log.line });
        };
        return { instead, prepare: verify, put, leave: anew(process.execPath) };
      }
      case 'nsis': {
        const { keepInstaller, runInstaller } = require('./targets/nsis') as typeof import('./targets/nsis');
        const kept = keepInstaller(dirname(dirname(file)), version);
        return {
          async prepare() {
            await verify();
            await kept?.keep();
          },
          async put() {
            await verify();
            // By ourselves: electron-updater would quit also when the installer cannot be begun.
            await runInstaller(file, comesBack());
          },
          previous: kept?.file,
          leave: () => leave(),
        };
      }
      case 'mac': {
        const { stage } = require('./targets/mac') as typeof import('./targets/mac');
        const handOver = async () => {
          // The app quits at once then, its last lines with it.
          await launch.endLogs();
          from.handOver(comesBack());
        };
        return { prepare: verify, put: () => stage(autoUpdater), leave: handOver };
      }
    }
  }

  async function backUp(): Promise<Backup | undefined> {
    const { server, platform } = config;
    if (server.kind !== 'command' || server.identity !== 'token') return undefined;
    const { copyData } = require('./database-backup') as typeof import('./database-backup');
    const state = backend.state;
    const workspace = join(folders.home, 'CachiBot');
    const { says, backup } = await copyData({
      file: server.file,
      args: server.args,
      env: {
        ...withoutDetours(process.env),
        [platform.homeVariable]: folders.home,
        CACHIBOT_WORKSPACE: workspace,
        PYTHONUTF8: '1',
      },
      workspace,
      data: join(folders.home, '.cachibot'),
      versions: { cachibot: state.phase === 'ready' ? state.version : undefined, app: version },
      now: new Date(),
    });
    log.line(`update: ${says}`);
    return backup;
  }

  async function portIsFree(): Promise<boolean> {
    const { choosePort } = require('../server/port') as typeof import('../server/port');
    for (let tries = PORT_TRIES; tries > 0; tries--) {
      if ((await choosePort(port)) === port) return true;
      await new Promise(resolve => setTimeout(resolve, PORT_PAUSE_MS));
    }
    return false;
  }

  async function goBack(): Promise<void> {
    const { passage } = record.get();
    const back = wayBackFrom(record.get(), version);
    if (back === undefined || passage === undefined || !isAtRest(backend.state)) return;
    if (back.by === 'page') {
      const from = source();
      const page = typeof from === 'string' ? 'https://cachibot.ai' : from.page;
      log.line(`update: ${new URL(page).host} opened`);
      return void shell.openExternal(page);
    }
    const { response, checkboxChecked } = await dialog.showMessageBox({
      message: `Go back to CachiBot ${back.version}?`,
      detail: `${version} did not start. It is not installed again unless you ask for it.`,
      buttons: ['Go Back', 'Cancel'],
      cancelId: 1,
      ...(back.data ? { checkboxLabel: 'Put back the data as it was before the update', checkboxChecked: true } : {}),
    });
    if (response !== 0) return;
    let done = 'Nothing was changed.';
    const previous = passage.previous ?? '';
    const otherwise = wayBack() === undefined || replacing !== undefined || updater.state.at === 'installing';
    const release = otherwise ? () => {} : hold();
    try {
      if (otherwise || quitting !== undefined) throw new Error('CachiBot does something else by now.');
      await access(previous);
      // All that can be known to fail, before the data is touched.
      if (appImageFile !== undefined) await access(dirname(appImageFile), constants.W_OK);
      if (checkboxChecked && passage.backup) {
        const { putBack } = require('./database-backup') as typeof import('./database-backup');
        const aside = await putBack(passage.backup, new Date());
        done = `The data is as it was before the update; that of ${version} is kept as ${aside}.`;
        log.line(`update: ${done}`);
      }
      record.change(goingBack);
      await putPrevious(previous);
      log.line(`update: back from ${version} to ${back.version}`);
      handedOver = true;
      await leave(format === 'appimage' && quitting === undefined ? appImageFile : undefined);
    } catch (error) {
      // What comes now is a question to the person, who may do anything else first.
      release();
      log.line(`update: the way back to ${back.version} failed: ${(error as Error).message}`);
      await say(`CachiBot could not go back to ${back.version}`, `${done} ${updateProblem(error)}`);
    } finally {
      release();
    }
  }

  async function putPrevious(previous: string): Promise<void> {
    if (format === 'appimage' && appImageFile !== undefined) return appImage(appImageFile).swapBack(previous);
    const { runInstaller } = require('./targets/nsis') as typeof import('./targets/nsis');
    await runInstaller(previous, true);
  }
}

function appImage(file: string) {
  return (require('./targets/appimage') as typeof import('./targets/appimage')).appImageAt(file);
}

function problemOf(state: UpdateState): string | undefined {
  return 'problem' in state ? state.problem : undefined;
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // most forms of the app have none
  }
}

function readJson(file: string): unknown {
  const text = readOrUndefined(file);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined; // then this build names no feed
  }
}
