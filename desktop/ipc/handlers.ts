import { app, type Session } from 'electron';
import type { Backups } from '../backups/dialogs';
import { redact } from '../log/core/redact';
import type { ExternalLinks } from '../security/external-links';
import { clearCaches } from '../security/session';
import { isDataOwner } from '../server/core/data-owner';
import type { Processes } from '../server/process-table';
import type { Backend } from '../server/supervisor';
import { settingKey } from '../settings/core/settings';
import type { SettingsStore } from '../settings/store';
import type { Autostart } from '../system/autostart';
import { copyText } from '../system/copy-text';
import type { Updates } from '../updates/host';
import { opaqueColour } from '../window/core/bounds';
import { isDownloadAction } from '../window/core/downloads';
import { failureAsText } from '../window/core/screen';
import { chooseFile } from '../window/dialogs';
import type { Windows } from '../window/windows';
import { type Handlers, isFindAction, type Result } from './core/contract';

interface Parts {
  backend: Backend;
  windows: Windows;
  /** The session of CachiBot's page. */
  session: Session;
  settings: SettingsStore;
  updates: Updates;
  autostart: Autostart;
  processes(): Processes;
  links: Pick<ExternalLinks, 'open'>;
  /** Versions of CachiBot, Electron and the system, for a failure that is copied. */
  about: string;
  /** Called when the page has painted. */
  painted(): void;
  relaunchOnOtherPort(): void;
  relaunch(): Promise<void>;
  openLogs(): void;
  saveReport(): Promise<boolean>;
  backups: Backups & { confirmRestart(): boolean };
  /** Shows news of the page. Throws a TypeError if they are not valid. */
  showNews(news: unknown): void;
  /** Closes notifications of news with this address, or one below it. Throws a TypeError if it is not an address. */
  forgetNews(path: unknown): void;
  settingsPage: { change(id: unknown, value: unknown): Result; act(action: unknown): void; update(): void };
  log(line: string): void;
}

/** CachiBot's own server takes up to 28 s to exit while it waits for the network. */
const STOP_DATA_OWNER_MS = 35_000;

/** Creates the handler of each request in `core/contract.ts`. */
export function createHandlers(parts: Parts): Handlers {
  return {
    ...windowHandlers(parts),
    ...pageHandlers(parts),
    ...settingHandlers(parts),
    ...settingsWindowHandlers(parts),
    ...updateHandlers(parts),
    ...serverHandlers(parts),
    ...supportHandlers(parts),
  };
}

function windowHandlers({ windows }: Parts) {
  return {
    'window:minimize': () => windows.main()?.minimize(),
    'window:maximize': () => {
      const window = windows.main();
      if (window?.isMaximized()) window.unmaximize();
      else window?.maximize();
    },
    'window:close': () => windows.main()?.close(),
    'window:is-maximized': () => windows.main()?.isMaximized() ?? false,
  } satisfies Partial<Handlers>;
}

function pageHandlers({ windows, painted, links, showNews, forgetNews }: Parts) {
  return {
    'page:painted': background => {
      painted();
      windows.painted(opaqueColour(background));
    },
    'page:usable': () => windows.usable(),
    'page:blank': () => windows.blank(),
    'page:reload': () => windows.reload(),
    'overlay:dismiss': () => windows.dismiss(),
    'menu:open': () => windows.openMenu(),
    'link:open': href => links.open(href),
    'folder:choose': () => chooseFile({ properties: ['openDirectory', 'createDirectory'] }),
    'news:report': showNews,
    'news:forget': forgetNews,
    'find:run': action => {
      if (isFindAction(action)) windows.findBar.run(action);
    },
    'download:run': action => {
      if (isDownloadAction(action)) windows.downloads.run(action);
    },
  } satisfies Partial<Handlers>;
}

function settingHandlers({ settings, session, autostart, settingsPage, log }: Parts) {
  return {
    'setting:get': key => settings.get()[settingKey(key)],
    'setting:set': (key, value) => settings.set(settingKey(key), value),
    'cache:clear': () => attempt('clearing the caches', () => clearCaches(session), log),
    'boot:get': () => {
      try {
        return autostart.get();
      } catch (error) {
        log(`autostart could not be read: ${(error as Error).message}`);
        return false;
      }
    },
    'boot:set': on => {
      const set = () => {
        if (typeof on !== 'boolean') throw new TypeError('The setting must be true or false.');
        autostart.set(on);
        settingsPage.update();
      };
      return attempt('setting autostart', set, log);
    },
  } satisfies Partial<Handlers>;
}

function settingsWindowHandlers({ windows, settingsPage }: Parts) {
  return {
    'settings:open': () => windows.settings.open(),
    'settings:change': (id, value) => settingsPage.change(id, value),
    'settings:act': action => settingsPage.act(action),
  } satisfies Partial<Handlers>;
}

function updateHandlers({ updates }: Parts) {
  return {
    'update:check': () => updates.check(),
    'update:download': () => updates.download(),
    'update:install': () => updates.install(),
    'version:roll-back': () => updates.rollBack(),
  } satisfies Partial<Handlers>;
}

function serverHandlers(parts: Parts) {
  const { backend, windows, updates, backups, relaunchOnOtherPort } = parts;
  return {
    'server:retry': () => {
      const { state } = backend;
      if (updates.isInstalling() || !backups.confirmRestart()) return;
      // This process cannot change its port.
      if (state.phase === 'failed' && state.failure.kind === 'port-lost') relaunchOnOtherPort();
      else if (state.phase === 'ready') windows.show({ kind: 'app' });
      else void backend.start();
    },
    'server:keep-waiting': () => backend.keepWaiting(),
    'server:restart': () => {
      if (!updates.isInstalling() && backups.confirmRestart()) backend.restart();
    },
    'server:stop-holder': () => stopDataOwner(parts),
  } satisfies Partial<Handlers>;
}

function supportHandlers({ windows, about, openLogs, saveReport, backups, relaunch }: Parts) {
  return {
    'logs:open': openLogs,
    'failure:copy': () => {
      const failure = windows.failure();
      if (failure) copyText(redact(failureAsText(failure, about)));
    },
    'report:save': saveReport,
    'backup:create': () => void backups.backUp(),
    'backup:restore': () => void backups.restore(),
    'app:relaunch': relaunch,
    'about:open': target => windows.about.openTarget(target),
    'about:copy': () => windows.about.copy(),
    'app:quit': () => app.quit(),
  } satisfies Partial<Handlers>;
}

/**
 * Requests the exit of the server that uses the data, if its PID still belongs to the server on the failure page. Starts
 * ours when it has exited, and returns whether it has.
 */
async function stopDataOwner({ backend, updates, processes, log }: Parts): Promise<boolean> {
  const { state } = backend;
  const owner = state.phase === 'failed' && state.failure.kind === 'exited' ? state.failure.holder : undefined;
  if (owner?.kind !== 'stock' || updates.isInstalling()) return false;
  const found = await processes().find(owner.pid);
  if (found === 'unknown') return false;
  // Otherwise the PID is gone or reused: nothing to stop. Starting our server reports any remaining problem.
  if (found && isDataOwner(owner, found)) {
    log(`the user stops the server ${found.pid} (${found.args.join(' ')})`);
    await processes().terminate(found);
    if (!(await processes().waitForExit(found, STOP_DATA_OWNER_MS))) return false;
  }
  void backend.start();
  return true;
}

/** Runs an action and returns its result, because the page shows the message of a result but does not catch errors. */
async function attempt(name: string, action: () => unknown, log: (line: string) => void): Promise<Result> {
  try {
    await action();
    return { success: true };
  } catch (error) {
    const reason = (error as Error).message;
    log(`${name} failed: ${reason}`);
    return { success: false, error: reason };
  }
}
