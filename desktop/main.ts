// Imported first: the clock starts before any other module is loaded.
import './startup/clock';
import { writeSync } from 'node:fs';
import { basename, join } from 'node:path';
import { app } from 'electron';
import { prepareForChromium } from './startup/chromium-environment';
import { type Config, QUIT, readConfig, UsageError } from './startup/core/config';
import { exitNow } from './startup/exit-now';
import { chooseFolders, type Folders } from './startup/folders';
import { launch } from './startup/launch';
import { lazyRequire } from './system/lazy-require';
import { startup } from './words/startup';

const appWindow = lazyRequire<typeof import('./app')>(() => require('./app'));
const display = lazyRequire<typeof import('./startup/display')>(() => require('./startup/display'));
const backupCommand = lazyRequire<typeof import('./startup/backup-command')>(() => require('./startup/backup-command'));
const doctor = lazyRequire<typeof import('./diagnostics/doctor')>(() => require('./diagnostics/doctor'));
const instanceLock = lazyRequire<typeof import('./startup/instance-lock')>(() => require('./startup/instance-lock'));
const startupError = lazyRequire<typeof import('./startup/startup-error')>(() => require('./startup/startup-error'));

function main(): void {
  // A copy, before the environment is changed for Chromium: the server and the agent inherit the copy.
  const caller = { ...process.env };
  let config: Config;
  let folders: Folders;
  try {
    config = readConfig({
      env: process.env,
      platform: process.platform,
      packaged: app.isPackaged,
      resources: app.isPackaged ? process.resourcesPath : join(app.getAppPath(), 'resources'),
      args: process.argv.slice(1),
      // npm runs scripts in the clone, and stores the user's current folder in this variable.
      cwd: process.env['INIT_CWD'] ?? process.cwd(),
      isRoot: process.getuid?.() === 0,
    });
    if (config.mode === 'help') return printAndExit(startup.help(basename(process.execPath)));
    if (config.mode === 'version') return printAndExit(startup.version(app.getVersion()));
    if (config.platform.needsDisplay) checkDisplay(config.mode);
    prepareForChromium(config.platform, process.env);
    folders = chooseFolders(config, caller);
  } catch (error) {
    const { message } = error as Error;
    return error instanceof UsageError
      ? startupError().exitWithUsage(message, process.argv, process)
      : exitWithError(message);
  }

  if (config.mode === 'doctor') {
    // Needs no window and no lock. On Linux without a screen Chromium needs the option --ozone-platform=headless.
    void doctor()
      .printReport(config, folders)
      .then(code => app.exit(code));
    return;
  }
  if (config.backup !== undefined) {
    const { backupParts, runBackupCommand } = backupCommand();
    void runBackupCommand(config.backup, backupParts(config, folders, caller), {
      take: requestLock,
      whyFailed: () => instanceLock().whyLockFailed(folders.profile, config.platform),
    }).then(code => app.exit(code));
    return;
  }
  if (config.mode === 'quit') {
    // The first instance, if there is one, gets the argument, and quits.
    app.requestSingleInstanceLock({ args: [QUIT], cwd: process.cwd() });
    return app.exit(0);
  }
  if (!requestLock()) {
    const reason = instanceLock().whyLockFailed(folders.profile, config.platform);
    if (reason !== undefined) return exitWithError(reason);
    console.log(startup.alreadyRunning);
    return app.exit(0);
  }
  launch(config, folders, { caller, corrected: process.env })
    .then(launched => appWindow().openApp(launched))
    .catch((error: Error) => exitWithError(startup.notStarted(error.message)));
}

/** Passes our own argv to the first instance: the argv in `second-instance` also contains Chromium's switches. */
function requestLock(): boolean {
  return app.requestSingleInstanceLock({ args: process.argv.slice(1), cwd: process.cwd() });
}

function printAndExit(text: string): void {
  writeSync(1, `${text}\n`);
  exitNow(0);
}

/** Exits if there is no display. Chromium would crash later, when the server has been started. */
function checkDisplay(mode: Config['mode']): void {
  const { whyNoDisplay, runHeadless } = display();
  const reason = whyNoDisplay(process.env, process.argv);
  if (reason === undefined) return;
  if (mode === 'doctor' || mode === 'backup' || mode === 'quit') exitNow(runHeadless(process.argv.slice(1)));
  startupError().exitWithoutWindow(reason, process.argv);
}

function exitWithError(message: string): void {
  try {
    startupError().exitWithError(message, process.argv);
  } catch {
    // The module cannot be read, and the message may be about just that.
    writeSync(2, `${message}\n`);
    exitNow(1);
  }
}

main();
