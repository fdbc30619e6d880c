import { readSettings, type Settings, withSetting } from './core/settings';
import type { KeptFile } from './json-file';

export interface SettingsStore {
  get(): Settings;
  /** Checks and keeps one value. Throws a TypeError for a wrong one, the system's error for a disk that refuses. */
  set<Key extends keyof Settings>(key: Key, value: unknown): void;
}

/** Reads the settings once; a file with a wrong value is copied aside at the first change, never overwritten unseen. */
export function openSettings(file: KeptFile, log: (line: string) => void): SettingsStore {
  const content = file.read();
  const { settings: first, problems } = content === undefined ? readSettings({}) : readSettings(content);
  for (const problem of problems) log(`settings: ${problem} The default is used.`);
  let settings = first;
  let suspicious = problems.length > 0;

  return {
    get: () => settings,
    set(key, value) {
      const changed = withSetting(settings, key, value);
      if (suspicious) file.setAside('It held values that make no sense.');
      suspicious = false;
      file.write(changed);
      settings = changed;
    },
  };
}
