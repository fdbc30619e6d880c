import { join } from 'node:path';
import { app } from 'electron';
import { type Backups, createBackups, showFinished } from '../backups/dialogs';
import type { Windows } from '../window/windows';
import { backupParts } from './backup-command';
import type { Launch } from './launch';

interface Options {
  launch: Launch;
  windows(): Pick<Windows, 'show'> | undefined;
  /** Writes the page's storage to the disk. */
  flushPage(): void;
  /** Whether the app quits or installs an update. */
  isBusy(): boolean;
  relaunch(): void;
}

/** Creates the commands for backups, and tells the user how a restore ended that the last session had prepared. */
export function openBackups({ launch, windows, flushPage, isBusy, relaunch }: Options): Backups {
  const { config, folders, backend, origin, caller, finishedRestore, log } = launch;
  if (finishedRestore && config.mode === 'app') void app.whenReady().then(() => showFinished(finishedRestore));
  return createBackups({
    parts: backupParts(config, folders, caller),
    data: join(folders.home, '.cachibot'),
    origin,
    flushPage,
    isBusy,
    stopServer: () => backend.stop(),
    startServer: () => void backend.start(),
    showSplash: text => windows()?.show({ kind: 'splash', text, slow: false }),
    relaunch,
    log: log.line,
  });
}
