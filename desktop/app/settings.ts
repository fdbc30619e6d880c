import { join } from 'node:path';
import { SETTING_KEYS } from '../settings/core/controls';
import { isProxySetting, proxyAddress } from '../settings/core/proxy';
import type { Settings } from '../settings/core/settings';
import type { Autostart } from '../system/autostart';
import {
  invalidText,
  SETTINGS_ACTIONS,
  type SettingsAction,
  type SettingsFacts,
  type SettingsView,
  START_AT_LOGIN,
  settingsView,
} from '../window/core/settings-view';
import { openFolder } from '../window/dialogs';
import { words } from '../words/en';
import { confirmRestart } from './backups';
import { type Parts, type SettingsPage, updateItem } from './parts';
import { openWorkspace } from './workspace';

type Launch = Parts['launch'];

/** Connects the settings window with the settings file and the parts of the app that it shows. */
export function openSettingsPage(launch: Launch, parts: () => Parts): SettingsPage {
  const { settings, log } = launch;
  const update = () => parts().windows?.settings.update();
  const atStart = watchStarts(launch, update);
  settings.onChange((now, before) => {
    if (now.updateChannel !== before.updateChannel) parts().updates.channelChanged();
    update();
  });
  return {
    view: () => currentView(parts(), atStart),
    change(id, value) {
      const key = id === START_AT_LOGIN ? id : known(SETTING_KEYS, id);
      try {
        if (key === START_AT_LOGIN) setAutostart(parts(), value);
        else settings.set(key, key === 'proxy' ? asProxy(value) : value);
        return { success: true };
      } catch (error) {
        const { message } = error as Error;
        log.line(`${key} was not changed: ${message}`);
        // Only an invalid value causes a TypeError.
        return {
          success: false,
          error: error instanceof TypeError ? invalidText(key) : words.settings.notSaved(message),
        };
      }
    },
    act: action => void actionsOf(parts())[known(SETTINGS_ACTIONS, action)](),
    update,
  };
}

/** Returns the settings with which the server and the app were started last. The server reads them when it starts. */
function watchStarts({ settings, backend }: Launch, changed: () => void): { server: Settings; app: Settings } {
  const atStart = { server: settings.get(), app: settings.get() };
  let { phase } = backend.state;
  backend.onChange(state => {
    if (state.phase === phase) return;
    phase = state.phase;
    if (phase === 'starting') atStart.server = settings.get();
    changed();
  });
  return atStart;
}

function currentView(parts: Parts, atStart: { server: Settings; app: Settings }): SettingsView {
  const { launch, session, build } = parts;
  return settingsView({
    settings: launch.settings.get(),
    atStart,
    serverReady: launch.backend.state.phase === 'ready',
    ...startFacts(parts.autostart, launch.log.line),
    languages: launch.config.platform.systemSpelling ? [] : (session?.availableSpellCheckerLanguages ?? []),
    hasLoginShell: launch.config.platform.hasLoginShell,
    hasDock: launch.config.platform.hasDock,
    version: build.version,
    update: updateItem(parts),
    folders: { data: dataFolder(launch), workspace: parts.workFolder.get() },
  });
}

function dataFolder({ folders }: Launch): string {
  return join(folders.home, '.cachibot');
}

function actionsOf(parts: Parts): { readonly [A in SettingsAction]: () => unknown } {
  const { launch, lifecycle, backups } = parts;
  const { backend, log } = launch;
  return {
    'restart-server': async () => {
      if (await confirmRestart(parts)) backend.restart();
    },
    'restart-app': async () => {
      if (await confirmRestart(parts)) lifecycle.relaunchBecause('a setting was changed');
    },
    update: () => updateItem(parts).click?.(),
    'open-data': () => openFolder(dataFolder(launch), log.line),
    'open-workspace': () => openWorkspace(parts),
    'back-up': () => backups.backUp(),
    restore: () => backups.restore(),
  };
}

/** Returns the facts about the start at login. A fact that cannot be read counts as off, and is logged. */
export function startFacts(
  autostart: Pick<Autostart, 'get' | 'needsApproval'>,
  log: (line: string) => void,
): Pick<SettingsFacts, 'startAtLogin' | 'startNeedsApproval'> {
  const read = (fact: 'get' | 'needsApproval') => {
    try {
      return autostart[fact]();
    } catch (error) {
      log(`autostart could not be read: ${(error as Error).message}`);
      return false;
    }
  };
  return { startAtLogin: read('get'), startNeedsApproval: read('needsApproval') };
}

function setAutostart({ autostart, windows }: Parts, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError('The value must be true or false.');
  autostart.set(value);
  windows?.settings.update();
}

/** Completes the address of a proxy that the user has typed. */
function asProxy(value: unknown): unknown {
  return typeof value !== 'string' || isProxySetting(value) ? value : proxyAddress(value);
}

/** Returns `value` if it is one of the names. Throws a TypeError otherwise. */
function known<Name extends string>(names: readonly Name[], value: unknown): Name {
  const name = names.find(one => one === value);
  if (name === undefined) throw new TypeError(`There is no ${String(JSON.stringify(value)).slice(0, 80)}.`);
  return name;
}
