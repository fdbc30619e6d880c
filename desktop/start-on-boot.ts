import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { AUTOSTART_FILE, autostartEntry, isSwitchedOn } from './core/autostart';

/** Whether the app starts when the person logs in. */
export interface StartOnBoot {
  get(): boolean;
  /** Throws what the system says. */
  set(on: boolean): void;
  /** Names the program anew when it has moved: an AppImage is a file that people put where they like. */
  mend(): void;
}

/** macOS and Windows keep it themselves. */
export function systemStartOnBoot(): StartOnBoot {
  return {
    get: () => app.getLoginItemSettings().openAtLogin,
    set: on => app.setLoginItemSettings({ openAtLogin: on }),
    mend() {},
  };
}

/** A file in the person's autostart folder, as Linux desktops have it. */
export function fileStartOnBoot(configFolder: string, command: readonly string[]): StartOnBoot {
  const folder = join(configFolder, 'autostart');
  const file = join(folder, AUTOSTART_FILE);
  const entry = autostartEntry(command);
  const read = () => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  const write = () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, entry);
  };
  const isOn = () => {
    const there = read();
    return there !== undefined && isSwitchedOn(there);
  };

  return {
    get: isOn,
    set(on) {
      if (on) write();
      else rmSync(file, { force: true });
    },
    mend() {
      if (isOn() && read() !== entry) write();
    },
  };
}
