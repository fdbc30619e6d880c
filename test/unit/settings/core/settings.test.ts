import { describe, expect, it } from 'vitest';
import {
  defaults,
  isSettings,
  readSettings,
  type Settings,
  settingKey,
  withSetting,
} from '../../../../desktop/settings/core/settings';

const all: Settings = {
  autoUpdateEnabled: false,
  autoInstallUpdates: true,
  updateChannel: 'beta',
  startLimitSeconds: 90,
  hangLimitSeconds: 60,
  openV1: true,
  openWebhooks: true,
  hardwareAcceleration: 'off',
  allowedSites: ['https://example.com', 'mailto:'],
  runInBackground: 'on',
  notifications: false,
  loginShell: false,
  proxy: 'http://proxy.example:8080',
  spellingLanguages: ['en-GB', 'fr'],
};

it('has careful defaults: no automatic installation, stable updates, closed interfaces', () => {
  expect(defaults()).toEqual({
    autoUpdateEnabled: true,
    autoInstallUpdates: false,
    updateChannel: 'stable',
    startLimitSeconds: 30,
    hangLimitSeconds: 20,
    openV1: false,
    openWebhooks: false,
    hardwareAcceleration: 'auto',
    allowedSites: [],
    runInBackground: 'ask',
    notifications: true,
    loginShell: true,
    proxy: 'system',
    spellingLanguages: [],
  });
});

describe('changing a setting', () => {
  it.each<[keyof Settings, unknown]>([
    ['autoUpdateEnabled', false],
    ['autoInstallUpdates', true],
    ['updateChannel', 'beta'],
    ['updateChannel', 'stable'],
    ['startLimitSeconds', 1],
    ['startLimitSeconds', 0.5 + 1],
    ['startLimitSeconds', 3_600],
    ['hangLimitSeconds', 1],
    ['hangLimitSeconds', 3_600],
    ['loginShell', false],
    ['hardwareAcceleration', 'auto'],
    ['hardwareAcceleration', 'off'],
    ['allowedSites', []],
    ['runInBackground', 'ask'],
    ['runInBackground', 'on'],
    ['runInBackground', 'off'],
    ['notifications', false],
    ['proxy', 'direct'],
    ['proxy', 'socks5://127.0.0.1:1080'],
    ['spellingLanguages', []],
    ['spellingLanguages', ['en', 'pt-BR', 'sr-Latn-RS', 'es-419', 'haw']],
    ['allowedSites', ['https://example.com', 'http://example.com:8080', 'http://[fd00::1]', 'mailto:']],
  ])('%s to %j changes nothing else', (key, value) => {
    const before = Object.freeze(defaults());
    expect(withSetting(before, key, value)).toEqual({ ...defaults(), [key]: value });
  });

  it.each<[keyof Settings, unknown, string]>([
    ['autoUpdateEnabled', 'yes', 'autoUpdateEnabled must be true or false, not "yes".'],
    ['autoUpdateEnabled', 1, 'true or false, not 1.'],
    ['autoInstallUpdates', null, 'true or false, not null.'],
    ['autoInstallUpdates', undefined, 'true or false, not undefined.'],
    ['updateChannel', 'nightly', 'updateChannel must be "stable" or "beta", not "nightly".'],
    ['updateChannel', 'Stable', 'not "Stable".'],
    ['updateChannel', ['stable'], 'not ["stable"].'],
    [
      'allowedSites',
      'https://example.com',
      'allowedSites must be a list such as ["https://example.com", "mailto:"], not',
    ],
    ['hardwareAcceleration', true, 'hardwareAcceleration must be "auto" or "off", not true.'],
    ['allowedSites', [1], 'not [1].'],
    ['allowedSites', ['https://example.com/path'], 'a list'],
    ['allowedSites', ['https://ada@example.com'], 'a list'],
    ['allowedSites', ['file:///etc'], 'a list'],
    ['allowedSites', ['view-source:https://example.com'], 'a list'],
    ['allowedSites', [['https://example.com']], 'a list'],
    ['allowedSites', ['mailto:ada@example.com'], 'a list'],
    ['runInBackground', true, 'runInBackground must be "ask", "on" or "off", not true.'],
    [
      'proxy',
      'none',
      'proxy must be "system", "direct" or an address such as "http://proxy.example:8080", not "none".',
    ],
    ['notifications', 'on', 'notifications must be true or false'],
    ['spellingLanguages', 'en', 'spellingLanguages must be a list such as ["en-GB", "fr"], not "en".'],
    ['spellingLanguages', [1], 'a list'],
    ['spellingLanguages', [['en']], 'a list'],
    ['spellingLanguages', ['English'], 'a list'],
    ['spellingLanguages', ['e'], 'a list'],
    ['spellingLanguages', ['en-'], 'a list'],
    ['spellingLanguages', ['en-x'], 'a list'],
    ['spellingLanguages', ['en-GB/../x'], 'a list'],
    ['spellingLanguages', ['xen', '1en'], 'a list'],
    ['startLimitSeconds', 0, 'startLimitSeconds must be a number of seconds from 1 to 3600, not 0.'],
    ['startLimitSeconds', 3_601, 'not 3601.'],
    ['startLimitSeconds', '30', 'not "30".'],
    ['startLimitSeconds', Number.NaN, 'a number'],
    ['startLimitSeconds', Number.POSITIVE_INFINITY, 'a number'],
    ['hangLimitSeconds', 0.5, 'hangLimitSeconds must be a number of seconds from 1 to 3600, not 0.5.'],
    ['hangLimitSeconds', 3_601, 'not 3601.'],
    ['hangLimitSeconds', '20', 'not "20".'],
  ])('%s to %j throws an error with the valid values', (key, value, message) => {
    const change = () => withSetting(defaults(), key, value);
    expect(change).toThrow(TypeError);
    expect(change).toThrow(message);
  });

  it('to a very long value throws a short message', () => {
    const change = () => withSetting(defaults(), 'updateChannel', 'x'.repeat(1e6));
    expect(change).toThrow(/^.{1,150}$/);
  });
});

describe('the settings of the page', () => {
  it.each(['autoUpdateEnabled', 'autoInstallUpdates', 'updateChannel'])('include %s', name => {
    expect(settingKey(name)).toBe(name);
  });

  it.each([
    'startLimitSeconds',
    'hangLimitSeconds',
    'openV1',
    'openWebhooks',
    'theme',
    '',
    '__proto__',
    'constructor',
    'toString',
    undefined,
    null,
    7,
    ['updateChannel'],
  ])('do not include %j', name => {
    expect(() => settingKey(name)).toThrow(/^There is no setting .+ Settings: autoUpdateEnabled, .+\.$/);
  });
});

describe('the content of a file', () => {
  it('is used unchanged when it is valid', () => {
    expect(readSettings(all)).toEqual({ settings: all, problems: [] });
  });

  it('may be incomplete: missing settings have defaults', () => {
    const { settings, problems } = readSettings({ updateChannel: 'beta' });
    expect(settings).toEqual({ ...defaults(), updateChannel: 'beta' });
    expect(problems).toEqual([]);
  });

  it('may contain settings that this version does not know', () => {
    expect(readSettings({ ...all, fromTheFuture: 1 })).toEqual({ settings: all, problems: [] });
  });

  it('keeps valid values beside invalid ones, and each invalid value is reported', () => {
    const { settings, problems } = readSettings({ ...all, updateChannel: 'nightly', startLimitSeconds: -1 });
    expect(settings).toEqual({ ...all, updateChannel: 'stable', startLimitSeconds: 30 });
    expect(problems).toEqual([
      'updateChannel must be "stable" or "beta", not "nightly".',
      'startLimitSeconds must be a number of seconds from 1 to 3600, not -1.',
    ]);
  });

  it.each([null, [], 'text', 5, true])('%j gives the defaults, and is reported', content => {
    const { settings, problems } = readSettings(content);
    expect(settings).toEqual(defaults());
    expect(problems).toEqual(['The file does not hold a JSON object.']);
  });
});

it.each<[unknown, boolean]>([
  [all, true],
  [{ updateChannel: 'beta' }, true],
  [{ updateChannel: 'nightly' }, false],
  [{ updateChannel: 'beta', other: 1 }, false],
  [{ other: 1 }, false],
  [{ toString: 1 }, false],
  [{}, false],
  [[], false],
  [null, false],
  ['{}', false],
])('%j is the content of a settings file: %s', (content, expected) => {
  expect(isSettings(content)).toBe(expected);
});
