import { readSettings, type Settings, withSetting } from './core/settings';
import type { JsonFile } from './json-file';

export interface SettingsStore {
  get(): Settings;
  /** Checks and saves one value. Throws a TypeError for an invalid value, the system's error if the write fails. */
  set<Key extends keyof Settings>(key: Key, value: unknown): void;
  /** Calls `listener` after each change that was saved. */
  onChange(listener: (settings: Settings, before: Settings) => void): void;
}

/** Reads the settings once. At the first change a file with invalid values is quarantined, so they are not lost. */
export function openSettings(file: JsonFile, log: (line: string) => void): SettingsStore {
  const content = file.read();
  const { settings: first, problems } = content === undefined ? readSettings({}) : readSettings(content);
  for (const problem of problems) log(`settings: ${problem} The default is used.`);
  let settings = first;
  let hasInvalid = problems.length > 0;
  const listeners: ((settings: Settings, before: Settings) => void)[] = [];

  return {
    get: () => settings,
    set(key, value) {
      const changed = withSetting(settings, key, value);
      file.write(changed, hasInvalid ? 'It contains invalid values.' : undefined);
      hasInvalid = false;
      const before = settings;
      settings = changed;
      for (const listener of listeners) listener(settings, before);
    },
    onChange: listener => void listeners.push(listener),
  };
}
