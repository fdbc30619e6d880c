import { saveReportOf } from '../diagnostics/save-report';
import { createHandlers } from '../ipc/handlers';
import { registerHandlers } from '../ipc/register-handlers';
import { orLog } from '../log/or-log';
import { watchPowerEvents } from '../system/power';
import { openFolder } from '../window/dialogs';
import { createBackground } from './background';
import { confirmRestart } from './backups';
import { compiledFiles } from './compiled-files';
import { createNotifications } from './notifications';
import { flushPage, type Parts, recordPhase } from './parts';
import type { OpenedWindows } from './windows';

/**
 * Registers the handlers of the pages' requests and of power events, and creates the tray icon and the notifications.
 * Call it before a page can send a request.
 */
export function startWindowServices(parts: Parts, { windows, session }: OpenedWindows): void {
  const { launch, lifecycle } = parts;
  const { backend, settings, processes, folders, log } = launch;
  parts.background = createBackground(parts, windows, {
    pages: compiledFiles().pages,
    desktop: process.env['XDG_CURRENT_DESKTOP'],
  });
  watchPowerEvents({
    onSuspend: () => flushPage(parts),
    onResume: () => backend.resumed(),
    onShutdown: () => lifecycle.sessionEnds(),
    onDisplayChange: () => windows.centerUnreachable(),
    log: log.line,
  });
  const handlers = createHandlers({
    ...parts,
    backend,
    windows,
    session,
    settings,
    processes,
    about: parts.build.about,
    painted: () => handlePaint(parts),
    relaunchOnOtherPort: () => lifecycle.changePort(0),
    relaunch: async () => {
      if (await confirmRestart(parts)) lifecycle.relaunchBecause('the program was replaced');
    },
    openLogs: () => void openFolder(folders.logs, log.line),
    saveReport: () => saveReportOf(parts),
    ...createNotifications({ windows, settings, badge: parts.badge, log: log.line }),
    log: log.line,
  });
  registerHandlers(handlers, event => windows.identifySender(event), log.line);
}

/** Records that the page has painted. The first time, also does the work that would have delayed it. */
function handlePaint(parts: Parts): void {
  const { launch, phases, smoke, autostart, updates, background } = parts;
  const isFirst = !phases.has('uiPainted');
  recordPhase(parts, 'uiPainted');
  if (!isFirst) return;
  launch.pageStorage?.keepCopy();
  void background?.open();
  orLog('could not repair the autostart entry', () => autostart.repair(), launch.log.line);
  if (!smoke && launch.config.server.kind !== 'attached') updates.startChecking();
}
