// Imported first: the clock starts before any other module is loaded.
import './startup/clock';
import { join } from 'node:path';
import { app } from 'electron';
import { prepareForChromium } from './startup/chromium-environment';
import { type Config, readConfig } from './startup/core/config';
import { chooseFolders, type Folders } from './startup/folders';
import { launch } from './startup/launch';
import { lazyRequire } from './system/lazy-require';
import { startup } from './words/startup';

const appWindow = lazyRequire<typeof import('./app')>(() => require('./app'));
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
    prepareForChromium(config.platform, process.env);
    folders = chooseFolders(config);
  } catch (error) {
    return exitWithError((error as Error).message);
  }

  if (config.mode === 'doctor') {
    // Needs no window and no lock. On Linux without a screen Chromium needs the option --ozone-platform=headless.
    void doctor()
      .printReport(config, folders)
      .then(code => app.exit(code));
    return;
  }
  // Pass our own argv to the first instance: the argv in `second-instance` also contains Chromium's switches.
  if (!app.requestSingleInstanceLock({ args: process.argv.slice(1), cwd: process.cwd() })) {
    const reason = instanceLock().whyLockFailed(folders.profile, config.platform);
    if (reason !== undefined) return exitWithError(reason);
    console.log(startup.alreadyRunning);
    return app.exit(0);
  }
  launch(config, folders, { caller, corrected: process.env })
    .then(launched => appWindow().openApp(launched))
    .catch((error: Error) => exitWithError(startup.notStarted(error.message)));
}

function exitWithError(message: string): void {
  startupError().exitWithError(message, process.argv);
}

main();
