/** The settings window as data: its sections, the row of each control, and the restart that a change waits for. */

import { CONTROLS, SECTIONS, SETTING_KEYS, type Section, waitingFor } from '../../settings/core/controls';
import type { Settings } from '../../settings/core/settings';
import { words } from '../../words/en';

export interface SettingsView {
  sections: { id: Section; title: string; rows: SettingsRow[] }[];
  /** Shown while a change waits for a restart. */
  waiting?: { text: string; button: SettingsButton };
}

interface Labelled {
  /** The setting's key, or another name that is unique in the window. */
  id: string;
  label: string;
  /** Empty for none. */
  help: string;
}

interface Item {
  value: string;
  label: string;
}

export type SettingsRow = Labelled &
  (
    | { kind: 'switch'; on: boolean }
    | { kind: 'choice'; value: string; options: Item[] }
    | { kind: 'seconds'; value: number }
    /** `address`: of the proxy if `value` is `manual`, otherwise empty. `typed`: its label. */
    | { kind: 'proxy'; value: string; options: Item[]; address: string; typed: string }
    /** `none`: shown for an empty list. `more`: items that the user may add. */
    | { kind: 'list'; items: (Item & { remove: string })[]; none: string; more?: { label: string; items: Item[] } }
    /** A text, such as a path, with buttons. */
    | { kind: 'buttons'; text: string; buttons: SettingsButton[] }
  );

export interface SettingsButton {
  action: SettingsAction;
  label: string;
  enabled: boolean;
}

/** The actions of the buttons in the window. */
export const SETTINGS_ACTIONS = [
  'restart-server',
  'restart-app',
  'update',
  'open-data',
  'open-workspace',
  'back-up',
  'restore',
] as const;

export type SettingsAction = (typeof SETTINGS_ACTIONS)[number];

export interface SettingsFacts {
  settings: Settings;
  /** The settings when the server and the app were started. */
  atStart: { server: Settings; app: Settings };
  /** The server is ready, so that it can be restarted. */
  serverReady: boolean;
  startAtLogin: boolean;
  /** macOS waits for the user's approval of it. */
  startNeedsApproval: boolean;
  /** The languages for which there is a dictionary; empty where the system checks the spelling. */
  languages: readonly string[];
  /** The system has login shells. */
  hasLoginShell: boolean;
  /** An app stays in the Dock without a window, as on macOS, whatever the user has chosen. */
  hasDock: boolean;
  /** The version that runs. */
  version: string;
  /** The next step of an update. Without `click` it is in progress. */
  update: { label: string; click?: unknown };
  folders: { data: string; workspace: string };
}

/** The control that is not a setting of the file: the system stores it. */
export const START_AT_LOGIN = 'startAtLogin';

/** The words that a control needs: a choice has a name for each value, a list has a text for no items. */
type WordsFor<Value> = Omit<Labelled, 'id'> &
  ([Value] extends [boolean | number]
    ? unknown
    : [Value] extends [string]
      ? { options: Readonly<Record<string extends Value ? 'system' | 'direct' | 'manual' : Value, string>> }
      : { none: string });

const WORDS: { readonly [Key in keyof Settings]: WordsFor<Settings[Key]> } = words.settings.controls;

/** Returns the content of the settings window. */
export function settingsView(facts: SettingsFacts): SettingsView {
  const waiting = waitingView(facts);
  return {
    sections: SECTIONS.map(id => ({ id, title: words.settings.sections[id], rows: rowsOf(id, facts) })),
    ...(waiting === undefined ? {} : { waiting }),
  };
}

function rowsOf(section: Section, facts: SettingsFacts): SettingsRow[] {
  const keys = SETTING_KEYS.filter(key => CONTROLS[key].section === section);
  return [
    ...(section === 'general' ? [startAtLoginRow(facts)] : []),
    ...keys.filter(key => isShown(key, facts)).map(key => rowOf(key, facts)),
    ...(section === 'updates' ? [updateRow(facts)] : []),
    ...(section === 'data' ? dataRows(facts) : []),
  ];
}

/** Returns false for a setting that has no effect on this system. */
function isShown(key: keyof Settings, { languages, hasLoginShell, hasDock }: SettingsFacts): boolean {
  if (key === 'spellingLanguages') return languages.length > 0;
  if (key === 'runInBackground') return !hasDock;
  return key !== 'loginShell' || hasLoginShell;
}

function rowOf(key: keyof Settings, { settings, languages }: SettingsFacts): SettingsRow {
  const value = settings[key];
  const { kind, after } = CONTROLS[key];
  const { label, help, ...more }: WordsFor<boolean> & { options?: Readonly<Record<string, string>>; none?: string } =
    WORDS[key];
  const effect = after === undefined ? '' : words.settings.after[after];
  const labelled = { id: key, label, help: [help, effect].filter(text => text !== '').join(' ') };
  const values = typeof value === 'object' ? value : [];
  const { none = '' } = more;
  const options = Object.entries(more.options ?? {}).map(([name, text]) => ({ value: name, label: text }));
  switch (kind) {
    case 'switch':
      return { ...labelled, kind, on: value === true };
    case 'seconds':
      return { ...labelled, kind, value: Number(value) };
    case 'choice':
      return { ...labelled, kind, value: String(value), options };
    case 'proxy': {
      const typed = words.settings.proxyAddress;
      if (value === 'system' || value === 'direct') return { ...labelled, kind, value, options, address: '', typed };
      return { ...labelled, kind, value: 'manual', options, address: String(value), typed };
    }
    case 'removable':
      return { ...labelled, kind: 'list', items: values.map(site => removable(site, siteName(site))), none };
    case 'languages': {
      const items = values.map(language => removable(language, languageName(language)));
      const left = languages.filter(language => !values.includes(language));
      const more = left.map(language => ({ value: language, label: languageName(language) }));
      more.sort((one, other) => one.label.localeCompare(other.label));
      return { ...labelled, kind: 'list', items, none, more: { label: words.settings.addLanguage, items: more } };
    }
  }
}

function removable(value: string, label: string): Item & { remove: string } {
  return { value, label, remove: words.settings.removeItem(label) };
}

function siteName(site: string): string {
  return site === 'mailto:' ? words.settings.mailAddresses : site;
}

/** Returns the name of a language, such as `British English`. */
export function languageName(language: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language;
  } catch {
    return language; // it looks like a tag, but is not one
  }
}

function startAtLoginRow({ startAtLogin, startNeedsApproval }: SettingsFacts): SettingsRow {
  const { label, help, needsApproval } = words.settings.startAtLogin;
  return {
    id: START_AT_LOGIN,
    label,
    help: startNeedsApproval ? needsApproval : help,
    kind: 'switch',
    on: startAtLogin,
  };
}

function updateRow({ version, update }: SettingsFacts): SettingsRow {
  const buttons = [button('update', update.label, update.click !== undefined)];
  return { id: 'version', label: words.settings.version, help: '', kind: 'buttons', text: version, buttons };
}

function dataRows({ folders }: SettingsFacts): SettingsRow[] {
  const { data, workspace, backups, openFolder, backUp, restore } = words.settings;
  const row = (id: string, label: string, text: string, buttons: SettingsButton[]): SettingsRow => {
    return { id, label, help: '', kind: 'buttons', text, buttons };
  };
  return [
    row('data', data, folders.data, [button('open-data', openFolder)]),
    row('workspace', workspace, folders.workspace, [button('open-workspace', openFolder)]),
    row('backups', backups, '', [button('back-up', backUp), button('restore', restore)]),
  ];
}

function button(action: SettingsAction, label: string, enabled = true): SettingsButton {
  return { action, label, enabled };
}

/** A restart of the app restarts the server, too. */
function waitingView({ settings, atStart, serverReady }: SettingsFacts): SettingsView['waiting'] {
  const { waiting, restartApp, restartServer } = words.settings;
  if (waitingFor('app', settings, atStart.app).length > 0)
    return { text: waiting.app, button: button('restart-app', restartApp) };
  if (serverReady && waitingFor('server', settings, atStart.server).length > 0)
    return { text: waiting.server, button: button('restart-server', restartServer) };
  return undefined;
}

/** Returns the text beside a control whose value is refused. */
export function invalidText(key: keyof Settings | typeof START_AT_LOGIN): string {
  const { seconds, proxy, other } = words.settings.invalid;
  if (key === START_AT_LOGIN) return other;
  const { kind } = CONTROLS[key];
  return kind === 'seconds' ? seconds : kind === 'proxy' ? proxy : other;
}
