import { readSettings, type Settings, withSetting } from './core/settings';
import type { JsonFile } from './json-file';

export interface SettingsStore {
  get(): Settings;
  /**
   * Checks and saves one value, and keeps what another program has written into the file since. Throws a TypeError for an
   * invalid value, the system's error if the write fails.
   */
  set<Key extends keyof Settings>(key: Key, value: unknown): void;
  /** Reads the file again: the user or another program may have changed it. */
  reload(): void;
  /** Calls `listener` after each change that was saved, or found in the file. */
  onChange(listener: (settings: Settings, before: Settings) => void): void;
}

/** Reads the settings. At the first change a file with invalid values is quarantined, so they are not lost. */
export function openSettings(file: JsonFile, log: (line: string) => void): SettingsStore {
  const content = file.read();
  const { settings: first, problems } = content === undefined ? readSettings({}) : readSettings(content);
  for (const problem of problems) log(`settings: ${problem} The default is used.`);
  let settings = first;
  let hasInvalid = problems.length > 0;
  const listeners: ((settings: Settings, before: Settings) => void)[] = [];

  /** Returns the settings in the file, or those known if it cannot be read now. */
  const inFile = (): Settings => {
    const now = file.peek();
    if (now === undefined) {
      // The file may have a syntax error. If there is no file, `write` quarantines nothing.
      hasInvalid = true;
      return settings;
    }
    const { settings: found, problems: invalid } = readSettings(now);
    hasInvalid = invalid.length > 0;
    return found;
  };

  const use = (changed: Settings) => {
    const before = settings;
    settings = changed;
    for (const listener of listeners) listener(settings, before);
  };

  return {
    get: () => settings,
    set(key, value) {
      const changed = withSetting(inFile(), key, value);
      file.write(changed, hasInvalid ? 'It is not valid.' : undefined);
      hasInvalid = false;
      use(changed);
    },
    reload() {
      const found = inFile();
      if (JSON.stringify(found) !== JSON.stringify(settings)) use(found);
    },
    onChange: listener => void listeners.push(listener),
  };
}
