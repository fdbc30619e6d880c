import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { app } from 'electron';
import { AUTOSTART_FILE, autostartEntry, isSwitchedOn, programOf } from './core/autostart-entry';

/** Whether the app starts when the person logs in. */
export interface StartOnBoot {
  get(): boolean;
  /** Throws what the system says. */
  set(on: boolean): void;
  /**
   * Names the program anew when what the entry starts is gone: an AppImage is a file that people put where they like.
   * While it is there it stays the one that starts, whichever other copy is run.
   */
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

/**
 * A file in the person's autostart folder, as Linux desktops have it. `command` is the program; in a clone it is Electron
 * and the clone's folder.
 */
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
  const readIfOn = () => {
    const there = read();
    return there !== undefined && isSwitchedOn(there) ? there : undefined;
  };
  // Whose runs say nothing of where the installed app is, which the entry may be of.
  const inClone = command.length > 1;

  return {
    get: () => readIfOn() !== undefined,
    set(on) {
      if (on) write();
      else rmSync(file, { force: true });
    },
    mend() {
      const program = programOf(readIfOn() ?? '');
      if (!inClone && program !== undefined && !existsSync(program)) write();
    },
  };
}
