import { mkdtempSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app, dialog } from 'electron';
import { exitNow } from './exit-now';
import { removeHomeAndExit } from './temporary-profile';

/** Facts about the machine, from main.ts. */
interface Machine {
  env: NodeJS.ProcessEnv;
  platform: string;
}

/** Reports wrong arguments, and exits with a code. Shows a dialog only if no terminal or script can show the line. */
export function exitWithUsage(message: string, args: readonly string[], { env, platform }: Machine): void {
  if (process.stderr.isTTY || (platform === 'linux' && !isDesktopLaunch(env))) exitWithoutWindow(message, args);
  exitWithError(message, args);
}

/** Reports an error, and exits before Chromium starts. */
export function exitWithoutWindow(message: string, args: readonly string[]): never {
  writeSync(2, `${message}\n`);
  if (!args.includes('--smoke')) return exitNow(2);
  writeSync(1, refusal(message));
  return exitNow(1);
}

/** Reports an error that occurs before any window exists, and exits with a code. `args` are the program's own. */
export function exitWithError(message: string, args: readonly string[]): void {
  writeSync(2, `${message}\n`);
  if (args.includes('--smoke')) {
    writeSync(1, refusal(message));
    return app.exit(1);
  }
  // A terminal or a script shows the line, and a dialog would only block.
  if (!app.isPackaged || args.includes('--doctor')) return app.exit(2);
  const folder = useTemporaryProfile();
  const exit = () => (folder === undefined ? app.exit(2) : removeHomeAndExit(folder, 2));
  app.once('before-quit', exit);
  // Until Chromium handles them, a signal would leave the temporary profile behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, exit);
  void app
    .whenReady()
    // Not `showErrorBox`, which blocks signals until the user clicks.
    .then(() => dialog.showMessageBox({ type: 'error', title: 'CachiBot', message }))
    .finally(exit);
}

/** The report of a --smoke run that could not begin. */
function refusal(message: string): string {
  return `${JSON.stringify({ ok: false, failure: { kind: 'refused', message } })}\n`;
}

/** Whether a Linux desktop has started the app: it sets one of these variables. */
function isDesktopLaunch(env: NodeJS.ProcessEnv): boolean {
  return ['GIO_LAUNCHED_DESKTOP_FILE', 'DESKTOP_STARTUP_ID', 'XDG_ACTIVATION_TOKEN'].some(name => env[name]);
}

/**
 * Sets a temporary profile: a dialog needs Chromium, which needs a profile that it can write to. Returns its folder;
 * undefined when the folder cannot be created.
 */
function useTemporaryProfile(): string | undefined {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'cachibot-message-'));
    app.setPath('userData', folder);
    return folder;
  } catch {
    return undefined; // Chromium may still work with the user's own profile.
  }
}
