import { join } from 'node:path';
import { app } from 'electron';
import type { Backups } from '../backups/dialogs';
import { lazyRequire } from '../system/lazy-require';
import type { Windows } from '../window/windows';
import type { Launch } from './launch';

const backupCommand = lazyRequire<typeof import('./backup-command')>(() => require('./backup-command'));
const dialogs = lazyRequire<typeof import('../backups/dialogs')>(() => require('../backups/dialogs'));

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
export function openBackups(options: Options): Backups {
  const { config, finishedRestore } = options.launch;
  if (typeof finishedRestore === 'object' && config.mode === 'app')
    void app.whenReady().then(() => dialogs().showFinished(finishedRestore));
  let opened: Backups | undefined;
  // Few sessions make a backup, so its files are not loaded at the start.
  const backups = () => (opened ??= create(options));
  return { backUp: () => backups().backUp(), restore: () => backups().restore() };
}

function create({ launch, windows, flushPage, isBusy, relaunch }: Options): Backups {
  const { config, folders, backend, origin, caller, log } = launch;
  return dialogs().createBackups({
    parts: backupCommand().backupParts(config, folders, caller),
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
