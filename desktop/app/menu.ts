import { app } from 'electron';
import { openLogFolder } from '../diagnostics/report-file';
import { saveReportOf } from '../diagnostics/save-report';
import { setMenu } from '../window/menu';
import type { Parts } from './parts';

/** Sets the menu again. The item for updates changes with their state. */
export function updateMenu(parts: Parts): void {
  const { folders, log } = parts.launch;
  setMenu({
    mac: process.platform === 'darwin',
    development: !app.isPackaged,
    version: parts.build.version,
    openLogs: () => openLogFolder(folders.logs, log.line),
    saveReport: () => saveReportOf(parts),
    run: (command, window) => parts.windows?.run(command, window),
    backups: parts.backups,
    showAllowedSites: () => void parts.links.showAllowedSites(),
    update: parts.updates.menuItem(),
  });
}
