/**
 * Starts the real app in a real Electron, with a server of the test's choice and an empty home. What uses it needs Linux:
 * elsewhere HOME moves neither the app's settings nor its logs, and what it leaves is found in /proc.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { given } from './given';
import { canConnect, pidsOf, readOrEmpty } from './gone';

export { canConnect, given, pidsOf };

const root = join(__dirname, '..', '..');

export const electron = (): string => given('CACHIBOT_TEST_ELECTRON');
export const python = (): string => given('CACHIBOT_TEST_PYTHON');
export const outputFolder = (): string => given('CACHIBOT_TEST_OUTPUT');
export const entry = join(root, 'desktop', 'pyinstaller-server.py');

/** A folder that is gone when the test is over, as is whatever still works in it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-test-'));
  onTestFinished(async () => {
    await expect.poll(() => pidsOf(folder), { timeout: 20_000, message: 'left over' }).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Setting {
  home: string;
  /**
   * Modes of `fixtures/scripted-server.mjs`, separated by commas; or the whole command of another server; or the folder
   * of a frozen one.
   */
  server: string | string[] | { bundle: string };
  /** The packed app to run, in place of the clone's. */
  packed?: string;
  /** The folder of the app's code, in place of the clone. */
  code?: string;
  /** Electron's own, before the app. */
  switches?: string[];
  env?: Record<string, string>;
  args?: string[];
}

export interface Entry {
  event: string;
  pid: number;
  [fact: string]: unknown;
}

/** What a scripted server wrote into its diary. */
export function diary(home: string): Entry[] {
  const file = join(home, 'diary');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
}

type Step = 'bind' | 'ready' | 'leave';
const ordersOf = (home: string) => join(home, 'orders');

/** From its next start on the scripted server waits before this step, until `allow`. */
export function hold(home: string, step: Step): void {
  mkdirSync(ordersOf(home), { recursive: true });
  writeFileSync(join(ordersOf(home), step), '');
}

/** Lets the scripted server of that home take a step that it waits before. */
export function allow(home: string, step: Step): void {
  rmSync(join(ordersOf(home), step));
}

/** What `CACHIBOT_DESKTOP_SERVER` says. */
function serverOf({ server }: Setting): { command: string[]; identity: 'token' } | { bundle: string } {
  if (typeof server !== 'string') return Array.isArray(server) ? { command: server, identity: 'token' } : server;
  const command = [process.execPath, join(__dirname, '..', 'fixtures', 'scripted-server.mjs'), server];
  return { command, identity: 'token' };
}

export function environment(setting: Setting): Record<string, string> {
  const { home, env } = setting;
  const { DATABASE_URL: _, ...inherited } = process.env as Record<string, string>;
  return {
    ...inherited,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    CACHIBOT_DESKTOP_SERVER: JSON.stringify(serverOf(setting)),
    SCRIPTED_DIARY: join(home, 'diary'),
    SCRIPTED_ORDERS: ordersOf(home),
    CACHIBOT_TELEMETRY_DISABLED: '1',
    ...env,
  };
}

/** Chromium refuses its sandbox to root; everyone else keeps it. */
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
export const electronArguments = (setting: Setting): string[] => [
  ...asRoot,
  ...(setting.switches ?? []),
  ...(setting.packed ? [] : [setting.code ?? root]),
  ...(setting.args ?? []),
];

/** Driven by Playwright; closed, whatever happened, when the test is over. */
export async function startApp(setting: Setting): Promise<ElectronApplication> {
  const app = await _electron.launch({
    executablePath: setting.packed ?? electron(),
    args: electronArguments(setting),
    env: environment(setting),
  });
  const child = app.process();
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
  });
  return app;
}

/** Runs the app to its end, as a script would. */
export function runApp(setting: Setting): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(setting.packed ?? electron(), electronArguments(setting), {
      env: environment(setting),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', text => (stdout += text));
    child.stderr.on('data', text => (stderr += text));
    child.once('error', reject);
    child.once('close', code => resolve({ code, stdout, stderr }));
  });
}

export const UI = 'http://127.0.0.1:5870/';

/** The window whose address begins like this, once there is one. */
export async function pageAt(app: ElectronApplication, address: string): Promise<Page> {
  const find = () => app.windows().find(page => page.url().startsWith(address));
  await expect.poll(find, { timeout: 60_000, message: `a window at ${address}` }).toBeDefined();
  return find() as Page;
}

export const splashPage = (app: ElectronApplication) => pageAt(app, 'app://shell/splash.html');
export const failurePage = (app: ElectronApplication) => pageAt(app, 'app://shell/failure.html');

/** The UI, once the user sees it. By then it may have navigated to a page of its own, such as `/setup`. */
export async function shownUi(app: ElectronApplication): Promise<Page> {
  await expect
    .poll(() => visibleWindows(app), { timeout: 60_000 })
    .toEqual([expect.stringMatching(new RegExp(`^${UI}`))]);
  return pageAt(app, UI);
}

/** Addresses of the windows a person sees. */
export function visibleWindows(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .filter(window => window.isVisible())
      .map(window => window.webContents.getURL()),
  );
}

/** What the app would have handed to the system's browser. */
export async function recordOpened(app: ElectronApplication): Promise<() => Promise<string[]>> {
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openExternal = async url => void opened.push(url);
  });
  return () => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
}

/**
 * Clicks in the middle of an element, as a mouse does. Not by a locator: that waits for the navigation, for ever if the
 * app refuses it.
 */
export async function clickOn(page: Page, selector: string, button: 'left' | 'middle' = 'left'): Promise<void> {
  const place = await page.evaluate(selector => {
    const frame = document.querySelector('iframe');
    const element = document.querySelector(selector) ?? frame?.contentDocument?.querySelector(selector);
    if (!element) throw new Error(`There is no ${selector}.`);
    const around = element.ownerDocument === document ? { x: 0, y: 0 } : frame?.getBoundingClientRect();
    const { x, y, width, height } = element.getBoundingClientRect();
    return { x: x + width / 2 + (around?.x ?? 0), y: y + height / 2 + (around?.y ?? 0) };
  }, selector);
  await page.mouse.click(place.x, place.y, { button });
}

/** Clicks a button that closes its own page, which may be gone before the click has returned. */
export async function clickToClose(page: Page, selector: string): Promise<void> {
  await page
    .locator(selector)
    .click()
    .catch(error => {
      if (!page.isClosed()) throw error;
    });
}

export function mainLog(home: string): string {
  return readFileSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'), 'utf8');
}

/** The exit of the app, by whatever way it goes. */
export function exitOf(app: ElectronApplication): Promise<{ code: number | null; signal: string | null }> {
  const child = app.process();
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/** Holds a port until the test is over. */
export async function occupy(port: number, server: Server = createServer()): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>(resolve => server.close(() => resolve())));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** A port that nobody holds now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** The server of the app that runs with that home. */
export function serverPid(home: string): number {
  const pid = pidsOf(home).find(pid => readOrEmpty(`/proc/${pid}/cmdline`).includes('--port'));
  if (pid === undefined) throw new Error('There is no server.');
  return pid;
}
