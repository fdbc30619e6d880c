import { app } from 'electron';
import { reportProblem } from '../diagnostics/report-problem';
import { saveReportOf } from '../diagnostics/save-report';
import { SITES } from '../window/core/sites';
import { openFolder } from '../window/dialogs';
import { setMenu } from '../window/menu';
import { type Parts, updateItem } from './parts';
import { openWorkspace } from './workspace';

/** Sets the menu again, and updates the settings window. Both offer the next step of an update. */
export function updateMenu(parts: Parts): void {
  const { folders, log } = parts.launch;
  const openSite = (address: string) => void parts.links.openOwn(address);
  setMenu({
    mac: process.platform === 'darwin',
    development: !app.isPackaged,
    openWorkspace: () => void openWorkspace(parts),
    openSite: site => openSite(SITES[site]),
    reportProblem: () => void reportProblem(() => saveReportOf(parts), openSite),
    showAbout: () => parts.windows?.showAbout(),
    openLogs: () => void openFolder(folders.logs, log.line),
    run: (command, window) => parts.windows?.run(command, window),
    backups: parts.backups,
    update: updateItem(parts),
  });
  parts.background?.update();
  parts.settingsPage.update();
}
