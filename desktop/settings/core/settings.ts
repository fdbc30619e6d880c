/** The settings: names, defaults and valid values. `store.ts` reads and writes the file. */

import { isProxySetting } from './proxy';

export interface Settings {
  /** Checks for updates regularly. */
  autoUpdateEnabled: boolean;
  /** Downloads updates automatically, and installs them at quit. */
  autoInstallUpdates: boolean;
  updateChannel: 'stable' | 'beta';
  /** Seconds without a sign of life after which a starting server is stopped. */
  startLimitSeconds: number;
  /** Seconds without a response after which a running server is reported. */
  hangLimitSeconds: number;
  /** Opens CachiBot's `/v1` API to other programs on this machine, behind CachiBot's own keys. */
  openV1: boolean;
  /** Opens `/api/webhooks` to chat platforms, behind CachiBot's own keys. */
  openWebhooks: boolean;
  /** `auto`: Chromium draws with the graphics hardware, unless its process has crashed repeatedly. */
  hardwareAcceleration: 'auto' | 'off';
  /** Origins of sites, and `mailto:`, whose links open without a question. */
  allowedSites: readonly string[];
  /** Whether the app keeps running when the user closes its window. `ask`: the user decides the first time. */
  runInBackground: 'ask' | 'on' | 'off';
  /** Shows notifications of the system. */
  notifications: boolean;
  /** The proxy of everything on the internet: `system`, `direct`, or an address such as `http://proxy.example:8080`. */
  proxy: string;
  /** Agents get PATH and a few other variables of the user's login shell. */
  loginShell: boolean;
  /** Languages in which the page's spelling is checked, such as `en-GB`; none by default. */
  spellingLanguages: readonly string[];
}

/** The settings that the page may read and change. */
const PAGE_SETTINGS = [
  'autoUpdateEnabled',
  'autoInstallUpdates',
  'updateChannel',
] as const satisfies (keyof Settings)[];

export type SettingKey = (typeof PAGE_SETTINGS)[number];

interface Rule<Value> {
  fallback: Value;
  accepts(value: unknown): value is Value;
  /** Completes “must be …”. */
  must: string;
}

const flag = (fallback: boolean): Rule<boolean> => ({
  fallback,
  accepts: value => typeof value === 'boolean',
  must: 'true or false',
});

const seconds = (fallback: number): Rule<number> => ({
  fallback,
  accepts: (value): value is number => typeof value === 'number' && value >= 1 && value <= 3_600,
  must: 'a number of seconds from 1 to 3600',
});

const RULES: { readonly [Key in keyof Settings]: Rule<Settings[Key]> } = {
  autoUpdateEnabled: flag(true),
  autoInstallUpdates: flag(false),
  updateChannel: {
    fallback: 'stable',
    accepts: value => value === 'stable' || value === 'beta',
    must: '"stable" or "beta"',
  },
  startLimitSeconds: seconds(30),
  // CachiBot itself can block for 15 s on the network.
  hangLimitSeconds: seconds(20),
  openV1: flag(false),
  openWebhooks: flag(false),
  hardwareAcceleration: {
    fallback: 'auto',
    accepts: value => value === 'auto' || value === 'off',
    must: '"auto" or "off"',
  },
  allowedSites: {
    fallback: [],
    accepts: (value): value is readonly string[] => Array.isArray(value) && value.every(isSite),
    must: 'a list such as ["https://example.com", "mailto:"]',
  },
  spellingLanguages: {
    fallback: [],
    accepts: (value): value is readonly string[] => Array.isArray(value) && value.every(isLanguage),
    must: 'a list such as ["en-GB", "fr"]',
  },
  runInBackground: {
    fallback: 'ask',
    accepts: value => value === 'ask' || value === 'on' || value === 'off',
    must: '"ask", "on" or "off"',
  },
  notifications: flag(true),
  loginShell: flag(true),
  proxy: {
    fallback: 'system',
    accepts: isProxySetting,
    must: '"system", "direct" or an address such as "http://proxy.example:8080"',
  },
};

/** Returns `value` if it is the key of a page's setting. Throws a TypeError that lists the keys. */
export function settingKey(value: unknown): SettingKey {
  const key = PAGE_SETTINGS.find(known => known === value);
  if (key === undefined)
    throw new TypeError(`There is no setting ${show(value)}. Settings: ${PAGE_SETTINGS.join(', ')}.`);
  return key;
}

/** Returns `settings` with one value changed. Throws a TypeError that says which values are valid. */
export function withSetting<Key extends keyof Settings>(settings: Settings, key: Key, value: unknown): Settings {
  const rule: Rule<Settings[Key]> = RULES[key];
  if (!rule.accepts(value)) throw new TypeError(`${key} must be ${rule.must}, not ${show(value)}.`);
  return { ...settings, [key]: value };
}

/** Reads the content of a file. A missing key and an invalid value get the default; `problems` names each invalid value. */
export function readSettings(content: unknown): { settings: Settings; problems: string[] } {
  const problems: string[] = [];
  if (!isRecord(content)) return { settings: defaults(), problems: ['The file does not hold a JSON object.'] };
  const settings = (Object.keys(RULES) as (keyof Settings)[]).reduce((sofar, key) => {
    if (content[key] === undefined) return sofar;
    try {
      return withSetting(sofar, key, content[key]);
    } catch (error) {
      problems.push((error as TypeError).message);
      return sofar;
    }
  }, defaults());
  return { settings, problems };
}

/** Whether this is the content of a settings file, and of nothing else: it has known names only, with valid values. */
export function isSettings(content: unknown): boolean {
  if (!isRecord(content) || Object.keys(content).length === 0) return false;
  return Object.keys(content).every(key => Object.hasOwn(RULES, key)) && readSettings(content).problems.length === 0;
}

export function defaults(): Settings {
  return {
    autoUpdateEnabled: RULES.autoUpdateEnabled.fallback,
    autoInstallUpdates: RULES.autoInstallUpdates.fallback,
    updateChannel: RULES.updateChannel.fallback,
    startLimitSeconds: RULES.startLimitSeconds.fallback,
    hangLimitSeconds: RULES.hangLimitSeconds.fallback,
    openV1: RULES.openV1.fallback,
    openWebhooks: RULES.openWebhooks.fallback,
    hardwareAcceleration: RULES.hardwareAcceleration.fallback,
    allowedSites: RULES.allowedSites.fallback,
    runInBackground: RULES.runInBackground.fallback,
    notifications: RULES.notifications.fallback,
    proxy: RULES.proxy.fallback,
    loginShell: RULES.loginShell.fallback,
    spellingLanguages: RULES.spellingLanguages.fallback,
  };
}

/** Whether a value is the origin of a web site, or `mailto:`. */
function isSite(value: unknown): boolean {
  return typeof value === 'string' && /^(mailto:|https?:\/\/[^/\s@?#]+)$/.test(value);
}

/** Whether a value looks like the tag of a language, such as `en` or `pt-BR`. */
function isLanguage(value: unknown): boolean {
  return typeof value === 'string' && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
