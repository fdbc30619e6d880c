/** The app with a scripted server, for attacks from its page: as it is, and without its guards. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import type { OnClose, Open } from './attacks';
import { type LaunchOptions, launchApp, shownUi, untilUnused } from './electron-app';
import { openRecordingServer, type RecordingServer } from './recording-server';
import { writeUnguardedApp } from './unguarded-app';

export interface Target {
  app: ElectronApplication;
  ui: Page;
  /** Another program on this machine, which allows every page to read its responses. */
  other: RecordingServer;
  home: string;
}

export const openGuarded: Open<Target> = onClose => open(onClose, {});

export const openUnguarded: Open<Target> = onClose => {
  const code = createFolder('cachibot-unguarded-', onClose);
  writeUnguardedApp(code);
  return open(onClose, { code });
};

/** Starts the app with a scripted server, and records pages that the window shows and links that the browser opens. */
async function open(onClose: OnClose, options: Partial<LaunchOptions>): Promise<Target> {
  const home = createFolder('cachibot-attack-', onClose);
  const other = await openRecordingServer({
    respond: (_request, response) =>
      response
        .writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/html' })
        .end('<title>other</title>'),
  });
  onClose(other.close);
  const { app, kill } = await launchApp({ home, server: 'healthy', ...options });
  onClose(kill);
  const ui = await shownUi(app);
  await app.evaluate(({ BrowserWindow, shell }) => {
    const seen: string[] = [];
    Object.assign(globalThis, { seen });
    shell.openExternal = async url => void seen.push(`the browser: ${url}`);
    const [main] = BrowserWindow.getAllWindows().filter(window => window.isVisible());
    main?.webContents.on('did-navigate', (_event, url) => void seen.push(`the window: ${url}`));
    main?.webContents.on('did-frame-navigate', (_event, url, _code, _text, isMain) => {
      if (!isMain) seen.push(`a frame: ${url}`);
    });
    main?.webContents.on('did-create-window', (_window, { url }) => void seen.push(`a new window: ${url}`));
  });
  return { app, ui, other, home };
}

/** Creates a folder, and removes it at the end, when no process uses it. */
export function createFolder(prefix: string, onClose: OnClose): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  onClose(async () => {
    await untilUnused(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Returns the pages that the app has shown, and the addresses that it has opened, since the last call. */
export const takeSeen = (app: ElectronApplication) =>
  app.evaluate(() => {
    const { seen } = globalThis as unknown as { seen: string[] };
    return seen.splice(0);
  });
