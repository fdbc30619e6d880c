import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../../../desktop/settings/core/controls';
import { defaults, type Settings } from '../../../../desktop/settings/core/settings';
import {
  invalidText,
  SETTINGS_ACTIONS,
  type SettingsFacts,
  type SettingsRow,
  settingsView,
} from '../../../../desktop/window/core/settings-view';
import { words } from '../../../../desktop/words/en';

function facts(more: Partial<SettingsFacts> = {}, changed: Partial<Settings> = {}): SettingsFacts {
  return {
    settings: { ...defaults(), ...changed },
    atStart: { server: defaults(), app: defaults() },
    serverReady: true,
    startAtLogin: false,
    startNeedsApproval: false,
    languages: ['fr', 'de', 'en-GB'],
    hasLoginShell: true,
    hasDock: false,
    version: '1.2.3',
    update: { label: 'Check for Updates…', click: () => {} },
    folders: { data: '/home/ada/.cachibot', workspace: '/home/ada/CachiBot' },
    ...more,
  };
}

const rows = (given: SettingsFacts) => settingsView(given).sections.flatMap(section => section.rows);

function row(id: string, given: SettingsFacts): SettingsRow | undefined {
  return rows(given).find(one => one.id === id);
}

describe('the settings window', () => {
  it('has the sections in their order, none without a row, and each id once', () => {
    const { sections } = settingsView(facts());
    expect(sections.map(({ id }) => id)).toEqual([...SECTIONS]);
    expect(sections.map(({ title }) => title)).toEqual(SECTIONS.map(id => words.settings.sections[id]));
    expect(sections.filter(section => section.rows.length === 0)).toEqual([]);
    const ids = rows(facts()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining([...Object.keys(defaults()), 'startAtLogin']));
  });

  it('has words for settings only', () => {
    expect(Object.keys(words.settings.controls).sort()).toEqual(Object.keys(defaults()).sort());
  });

  it('has a button for each action', () => {
    const offered = [
      settingsView(facts({}, { openV1: true })),
      settingsView(facts({}, { hardwareAcceleration: 'off' })),
    ].flatMap(({ sections, waiting }) => [
      ...sections.flatMap(section => section.rows).flatMap(one => (one.kind === 'buttons' ? one.buttons : [])),
      ...(waiting ? [waiting.button] : []),
    ]);
    expect([...new Set(offered.map(({ action }) => action))].sort()).toEqual([...SETTINGS_ACTIONS].sort());
  });

  it('shows the value of each kind of setting', () => {
    const changed = facts(
      { startAtLogin: true },
      { notifications: false, openV1: true, startLimitSeconds: 90, runInBackground: 'on' },
    );
    expect(row('startAtLogin', changed)).toMatchObject({ kind: 'switch', on: true });
    expect(row('startAtLogin', changed)).toMatchObject({ help: '' });
    expect(row('startAtLogin', facts({ startAtLogin: true, startNeedsApproval: true }))).toMatchObject({
      help: words.settings.startAtLogin.needsApproval,
    });
    expect(row('notifications', changed)).toMatchObject({ kind: 'switch', on: false });
    expect(row('openV1', changed)).toMatchObject({ kind: 'switch', on: true });
    expect(row('startLimitSeconds', changed)).toMatchObject({ kind: 'seconds', value: 90 });
    const { label, help, options } = words.settings.controls.runInBackground;
    expect(row('runInBackground', changed)).toEqual({
      id: 'runInBackground',
      label,
      help,
      kind: 'choice',
      value: 'on',
      options: Object.entries(options).map(([value, text]) => ({ value, label: text })),
    });
  });

  it('shows the address of a proxy only where there is one', () => {
    const { proxy } = words.settings.controls;
    const options = Object.entries(proxy.options).map(([value, label]) => ({ value, label }));
    const typed = words.settings.proxyAddress;
    const help = `${proxy.help} ${words.settings.after.server}`;
    const shown = { id: 'proxy', label: proxy.label, help, kind: 'proxy', options, typed };
    for (const value of ['system', 'direct'])
      expect(row('proxy', facts({}, { proxy: value }))).toEqual({ ...shown, value, address: '' });
    const address = 'http://proxy.example:8080';
    expect(row('proxy', facts({}, { proxy: address }))).toEqual({ ...shown, value: 'manual', address });
  });

  it('lists the allowed sites, each of which can be removed', () => {
    expect(row('allowedSites', facts({}, { allowedSites: ['https://a.example', 'mailto:'] }))).toEqual({
      id: 'allowedSites',
      label: words.settings.controls.allowedSites.label,
      help: '',
      kind: 'list',
      items: [
        {
          value: 'https://a.example',
          label: 'https://a.example',
          remove: words.settings.removeItem('https://a.example'),
        },
        {
          value: 'mailto:',
          label: words.settings.mailAddresses,
          remove: words.settings.removeItem(words.settings.mailAddresses),
        },
      ],
      none: words.settings.controls.allowedSites.none,
    });
  });

  it('has no row for the login shell where there is none', () => {
    expect(row('loginShell', facts())).toMatchObject({ kind: 'switch', on: true });
    expect(row('loginShell', facts({ hasLoginShell: false }))).toBeUndefined();
  });

  it('offers the languages that are not chosen, by name; none where the system checks the spelling', () => {
    expect(row('spellingLanguages', facts({}, { spellingLanguages: ['fr'] }))).toMatchObject({
      kind: 'list',
      items: [{ value: 'fr', label: 'French' }],
      none: words.settings.controls.spellingLanguages.none,
      more: {
        label: words.settings.addLanguage,
        items: [
          { value: 'en-GB', label: 'British English' },
          { value: 'de', label: 'German' },
        ],
      },
    });
    const ids = (given: SettingsFacts) => rows(given).map(({ id }) => id);
    expect(ids(facts({ languages: [] }))).toEqual(ids(facts()).filter(id => id !== 'spellingLanguages'));
  });

  it('shows a language that has no name by its tag', () => {
    const spellingLanguages = ['en-utf8', 'abc-de-fg', 'fr'];
    expect(row('spellingLanguages', facts({ languages: ['en_x'] }, { spellingLanguages }))).toMatchObject({
      items: [{ label: 'en-utf8' }, { label: 'abc-de-fg' }, { label: 'French' }],
      more: { items: [{ value: 'en_x', label: 'en_x' }] },
    });
  });

  it.each([
    ['openV1', words.settings.after.server],
    ['startLimitSeconds', words.settings.after.server],
    ['hardwareAcceleration', words.settings.after.app],
  ])('says when a change of %s takes effect', (id, effect) => {
    expect(row(id, facts())?.help).toMatch(/^\S.+\. \S/);
    expect(row(id, facts())?.help.endsWith(` ${effect}`)).toBe(true);
  });

  it('says nothing where a change takes effect at once', () => {
    const { server, app } = words.settings.after;
    for (const id of ['notifications', 'updateChannel', 'allowedSites', 'runInBackground'])
      expect([server, app].some(effect => row(id, facts())?.help.includes(effect))).toBe(false);
    expect(row('autoUpdateEnabled', facts())?.help).toBe('');
  });

  it('does not ask on macOS what closing the window does, because the app stays in the Dock', () => {
    expect(row('runInBackground', facts({ hasDock: true }))).toBeUndefined();
  });

  it('offers the next step of an update, unless it is in progress', () => {
    const version = { id: 'version', label: words.settings.version, help: '', kind: 'buttons', text: '1.2.3' };
    expect(row('version', facts())).toEqual({
      ...version,
      buttons: [{ action: 'update', label: 'Check for Updates…', enabled: true }],
    });
    expect(row('version', facts({ update: { label: 'Checking…' } }))).toEqual({
      ...version,
      buttons: [{ action: 'update', label: 'Checking…', enabled: false }],
    });
  });

  it('names the folders of the data and of the work, and offers backups', () => {
    const { data, workspace, backups, openFolder, backUp, restore } = words.settings;
    const help = '';
    const kind = 'buttons';
    const button = (action: string, label: string) => ({ action, label, enabled: true });
    expect(settingsView(facts()).sections.at(-1)?.rows).toEqual([
      { id: 'data', label: data, help, kind, text: '/home/ada/.cachibot', buttons: [button('open-data', openFolder)] },
      {
        id: 'workspace',
        label: workspace,
        help,
        kind,
        text: '/home/ada/CachiBot',
        buttons: [button('open-workspace', openFolder)],
      },
      {
        id: 'backups',
        label: backups,
        help,
        kind,
        text: '',
        buttons: [button('back-up', backUp), button('restore', restore)],
      },
    ]);
  });
});

describe('the restart that a change waits for', () => {
  const { waiting, restartApp, restartServer } = words.settings;
  const server = { text: waiting.server, button: { action: 'restart-server', label: restartServer, enabled: true } };
  const app = { text: waiting.app, button: { action: 'restart-app', label: restartApp, enabled: true } };

  it.each<[string, SettingsFacts, unknown]>([
    ['none without a change', facts(), undefined],
    ['none for a change that takes effect at once', facts({}, { notifications: false }), undefined],
    ['the server’s', facts({}, { openV1: true }), server],
    [
      'none while no server is ready: the next one starts with the change',
      facts({ serverReady: false }, { openV1: true }),
      undefined,
    ],
    ['the app’s', facts({}, { hardwareAcceleration: 'off' }), app],
    ['the app’s without a server, too', facts({ serverReady: false }, { hardwareAcceleration: 'off' }), app],
    ['only the app’s for both', facts({}, { openV1: true, hardwareAcceleration: 'off' }), app],
    [
      'none when the change is taken back',
      facts({ atStart: { server: { ...defaults(), openV1: true }, app: defaults() } }, { openV1: true }),
      undefined,
    ],
  ])('is %s', (_what, given, expected) => {
    expect(settingsView(given).waiting).toEqual(expected);
    expect('waiting' in settingsView(given)).toBe(expected !== undefined);
  });
});

it.each([
  ['startLimitSeconds', words.settings.invalid.seconds],
  ['hangLimitSeconds', words.settings.invalid.seconds],
  ['proxy', words.settings.invalid.proxy],
  ['updateChannel', words.settings.invalid.other],
  ['startAtLogin', words.settings.invalid.other],
] as const)('says what is wrong with a value of %s', (key, text) => {
  expect(invalidText(key)).toBe(text);
});
