/** The app with a scripted server, for attacks from its page: as it is, and without its guards. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ElectronApplication, Page } from 'playwright-core';
import type { Opened } from './attacks';
import { type LaunchOptions, launchApp, shownUi } from './electron-app';
import { openRecordingServer, type RecordingServer } from './recording-server';
import { writeUnguardedApp } from './unguarded-app';

export interface Target {
  app: ElectronApplication;
  ui: Page;
  /** Another program on this machine, which allows every page to read its responses. */
  other: RecordingServer;
  home: string;
}

/** Starts the app with a scripted server, and records pages that the window shows and links that the browser opens. */
async function open(options: Partial<LaunchOptions>): Promise<Opened<Target>> {
  const home = mkdtempSync(join(tmpdir(), 'cachibot-attack-'));
  const other = await openRecordingServer({
    respond: (_request, response) =>
      response
        .writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/html' })
        .end('<title>other</title>'),
  });
  const { app, kill } = await launchApp({ home, server: 'healthy', ...options });
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
  const close = async () => {
    await kill();
    await other.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { target: { app, ui, other, home }, close };
}

export const openGuarded = () => open({});

export async function openUnguarded(): Promise<Opened<Target>> {
  const code = mkdtempSync(join(tmpdir(), 'cachibot-unguarded-'));
  writeUnguardedApp(code);
  const { target, close } = await open({ code });
  return {
    target,
    close: async () => {
      await close();
      rmSync(code, { recursive: true, force: true });
    },
  };
}

/** Returns the pages that the app has shown, and the addresses that it has opened, since the last call. */
export const takeSeen = (app: ElectronApplication) =>
  app.evaluate(() => {
    const { seen } = globalThis as unknown as { seen: string[] };
    return seen.splice(0);
  });
