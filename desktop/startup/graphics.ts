import { statSync } from 'node:fs';
import { release } from 'node:os';
import { app } from 'electron';
import type { JsonFile } from '../settings/json-file';
import { readWholeFile } from '../system/own-file';
import { afterDeath, countDeath, type GraphicsRecord, readGraphicsRecord, whySoftware } from './core/graphics';

interface Options {
  file: JsonFile;
  setting: 'auto' | 'off';
  /** Files and folders that change with the graphics drivers. */
  driverFiles: readonly string[];
  log(line: string): void;
}

interface Actions {
  /** Starts the app again without acceleration. */
  relaunch(why: string): void;
  /** Exits at once: the server may still be stopping, but Chromium is about to abort. */
  exitNow(): void;
}

/** Hardware acceleration, which is turned off after crashes of Chromium's GPU process. */
export interface Graphics {
  /** Counts the deaths of the GPU process from now on. */
  watch(actions: Actions): void;
  /** Whether the user has to be told that crashes turned acceleration off. */
  needsNotice(): boolean;
  /** The user has been told. */
  noticeShown(): void;
}

/** Turns acceleration off if the settings or earlier crashes say so. Call it before Electron is ready. */
export function openGraphics({ file, setting, driverFiles, log }: Options): Graphics {
  let record = readGraphicsRecord(file.read());
  // Reading the versions takes time, and without a record nothing is compared.
  const why = whySoftware(setting, record, record === undefined ? '' : versionsOf(driverFiles));
  if (why !== undefined) {
    app.disableHardwareAcceleration();
    log(`hardware acceleration is off, because of ${why === 'setting' ? 'the setting' : 'earlier crashes'}`);
  } else if (record !== undefined) log('hardware acceleration is tried again: a version has changed');
  let deaths = 0;
  let lastDeathMs = 0;

  /** Returns whether the record was saved. */
  const save = (changed: GraphicsRecord) => {
    record = changed;
    try {
      file.write(changed);
      return true;
    } catch (error) {
      log(`could not remember the crashes of the GPU process: ${(error as Error).message}`);
      return false;
    }
  };

  return {
    watch({ relaunch, exitNow }) {
      app.on('child-process-gone', (_event, { type, reason }) => {
        if (type !== 'GPU' || reason === 'clean-exit') return;
        const now = performance.now();
        deaths = countDeath(deaths, now - lastDeathMs);
        lastDeathMs = now;
        const action = afterDeath(deaths, why !== undefined);
        if (action === 'exit') exitNow();
        if (action !== 'relaunch') return;
        // Without the record the next process would crash and relaunch, too, without an end.
        if (!save({ versions: versionsOf(driverFiles), told: false })) return;
        relaunch('the GPU process has crashed three times, hardware acceleration is turned off');
      });
    },
    needsNotice: () => why === 'crashes' && record?.told === false,
    noticeShown() {
      if (record !== undefined) save({ ...record, told: true });
    },
  };
}

/** The versions of everything that draws. A folder's version is the time of its last change. */
function versionsOf(driverFiles: readonly string[]): string {
  const drivers = driverFiles.flatMap(path => {
    try {
      const stats = statSync(path);
      return `${path}: ${stats.isDirectory() ? stats.mtime.toISOString() : readWholeFile(path).split('\n')[0]}`;
    } catch {
      return []; // this system has no such driver
    }
  });
  return [`CachiBot ${app.getVersion()}`, `Chromium ${process.versions.chrome}`, release(), ...drivers].join('; ');
}
