/**
 * Starts the app in a real Electron, with a server of the test's choice and an empty home. Tests that use this file
 * need Linux: other systems ignore HOME for settings and logs, and have no /proc to find remaining processes in.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { until } from './poll';
import { openRecordingServer, type RecordingServer, type RecordingServerOptions } from './recording-server';
import { requiredEnv } from './required-env';
import { canConnect, pidsOf, readOrEmpty } from './still-running';
import { createTemporaryFolder } from './temporary-folder';
import { visibleWindows } from './visible-windows';

export { canConnect, pidsOf, requiredEnv, visibleWindows };

const root = join(__dirname, '..', '..');

export const electron = (): string => requiredEnv('CACHIBOT_TEST_ELECTRON');
export const python = (): string => requiredEnv('CACHIBOT_TEST_PYTHON');
export const outputFolder = (): string => requiredEnv('CACHIBOT_TEST_OUTPUT');
/** The server's entry point, run by the Python of the tests. */
export const serverScript = join(root, 'desktop', 'pyinstaller-server.py');

/** Creates a folder. When the test is over, waits until no process uses it, and removes it. */
export function temporaryFolder(): string {
  const folder = createTemporaryFolder();
  // Hooks run in reverse order: first this one, then the removal.
  onTestFinished(() => untilUnused(folder));
  return folder;
}

/** Resolves when no process uses the folder. */
export async function untilUnused(folder: string): Promise<void> {
  const running = () => pidsOf(folder);
  await until('no remaining processes', () => running().length === 0, { limitMs: 20_000, actual: running });
}

export interface LaunchOptions {
  home: string;
  /**
   * Modes of `fixtures/scripted-server.mjs`, separated by commas; or the command line of another server; or the folder
   * of a frozen server.
   */
  server: string | string[] | { bundle: string };
  /** Executable of a packed app to run instead of the clone. */
  packed?: string;
  /** Folder of the app's code to run instead of the clone. */
  code?: string;
  /** Electron's command-line switches, placed before the app. */
  switches?: string[];
  env?: Record<string, string>;
  args?: string[];
}

export interface DiaryEntry {
  event: string;
  pid: number;
  [fact: string]: unknown;
}

/** Events that the scripted server recorded. */
export function diary(home: string): DiaryEntry[] {
  const lines = readOrEmpty(join(home, 'diary')).trim().split('\n');
  return lines.filter(line => line !== '').map(line => JSON.parse(line));
}

/** `answer`: the end of an answer, which begins now. */
type Step = 'bind' | 'ready' | 'exit' | 'backup' | 'answer';
const ordersOf = (home: string) => join(home, 'orders');

/** Makes the scripted server wait before this step, from its next start on, until `unblock`. */
export function blockAt(home: string, step: Step): void {
  mkdirSync(ordersOf(home), { recursive: true });
  writeFileSync(join(ordersOf(home), step), '');
}

/** Lets the scripted server continue with a step before which it waits. */
export function unblock(home: string, step: Step): void {
  rmSync(join(ordersOf(home), step));
}

/** The value of `CACHIBOT_DESKTOP_SERVER`. */
function serverVariable({ server }: LaunchOptions): { command: string[]; identity: 'token' } | { bundle: string } {
  if (typeof server !== 'string') return Array.isArray(server) ? { command: server, identity: 'token' } : server;
  const command = [process.execPath, join(__dirname, '..', 'fixtures', 'scripted-server.mjs'), server];
  return { command, identity: 'token' };
}

function environmentFor(options: LaunchOptions): Record<string, string> {
  const { home, env } = options;
  const { DATABASE_URL: _, ...inherited } = process.env as Record<string, string>;
  return {
    ...inherited,
    // As from a terminal: the files of this machine's login shell are not read.
    TERM: 'xterm',
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    CACHIBOT_DESKTOP_SERVER: JSON.stringify(serverVariable(options)),
    SCRIPTED_DIARY: join(home, 'diary'),
    SCRIPTED_ORDERS: ordersOf(home),
    CACHIBOT_TELEMETRY_DISABLED: '1',
    ...env,
  };
}

/** Chromium's sandbox does not work as root. */
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const electronArguments = (options: LaunchOptions): string[] => [
  ...asRoot,
  ...(options.switches ?? []),
  ...(options.packed ? [] : [options.code ?? root]),
  ...(options.args ?? []),
];

/** Starts the app under Playwright, and kills it when the test is over. */
export async function startApp(options: LaunchOptions): Promise<ElectronApplication> {
  const { app, kill } = await launchApp(options);
  onTestFinished(kill);
  return app;
}

/** Starts the app under Playwright. The caller has to call `kill`, which waits for the exit. */
export async function launchApp(
  options: LaunchOptions,
): Promise<{ app: ElectronApplication; kill: () => Promise<void> }> {
  const app = await _electron.launch({
    executablePath: options.packed ?? electron(),
    args: electronArguments(options),
    env: environmentFor(options),
  });
  const child = app.process(); // only known while the app runs
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await new Promise(resolve => child.once('exit', resolve));
  };
  return { app, kill };
}

/**
 * Starts the app without Playwright, which would clean up after a kill of the app. It is killed when the test is over.
 * @returns the process, and a promise that resolves at its exit
 */
export function spawnApp(options: LaunchOptions): { child: ChildProcess; exited: Promise<unknown> } {
  const child = spawn(electron(), electronArguments(options), { env: environmentFor(options), stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, exited: new Promise(resolve => child.once('exit', resolve)) };
}

/** Runs the app and waits for its exit, as a script would. */
export function runApp(options: LaunchOptions): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.packed ?? electron(), electronArguments(options), {
      env: environmentFor(options),
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

/** Waits for a window whose address starts with `address`. */
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

/**
 * Records addresses that the app opens in the system's browser, instead of opening them. Clicks Open in each dialog.
 * @returns reads them
 */
export async function recordOpenedLinks(app: ElectronApplication): Promise<() => Promise<string[]>> {
  await app.evaluate(({ dialog, shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openExternal = async url => void opened.push(url);
    dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false });
  });
  return () => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
}

/** Starts the app with a scripted server, waits for the UI, and records the links that it opens. */
export async function openUi(server = 'healthy', env: Record<string, string> = {}) {
  const home = temporaryFolder();
  const app = await startApp({ home, server, env });
  return { home, app, ui: await shownUi(app), opened: await recordOpenedLinks(app) };
}

/**
 * Clicks the centre of an element with the mouse. A locator would wait for the navigation, and never return if the app
 * refuses it.
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

/** Clicks a button that closes its own page. The page may close before the click returns. */
export async function clickToClose(page: Page, selector: string): Promise<void> {
  await page
    .locator(selector)
    .click()
    .catch(error => {
      if (!page.isClosed()) throw error;
    });
}

export const mainLog = (home: string): string =>
  readFileSync(join(home, '.config', 'CachiBot', 'logs', 'main.log'), 'utf8');

/** Resolves when the app has exited. */
export function exitOf(app: ElectronApplication): Promise<{ code: number | null; signal: string | null }> {
  const child = app.process();
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  }
  return new Promise(resolve => child.once('exit', (code, signal) => resolve({ code, signal })));
}

/** Quits the app as its menu does. @returns how it exited */
export function quitApp(app: ElectronApplication): ReturnType<typeof exitOf> {
  const exit = exitOf(app);
  void app.evaluate(({ app }) => app.quit()).catch(() => {}); // the connection closes with the app
  return exit;
}

/** Opens a server that records its requests, until the test is over. */
export async function recordRequests(options?: RecordingServerOptions): Promise<RecordingServer> {
  const server = await openRecordingServer(options);
  onTestFinished(server.close);
  return server;
}

/** Listens on a port until the test is over. @returns the port */
export async function occupyPort(port: number, server: Server = createServer()): Promise<number> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>(resolve => server.close(() => resolve())));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** A port on which no program listens now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** PID of the server of the app with that home. */
export function serverPid(home: string): number {
  const pid = pidsOf(home).find(pid => readOrEmpty(`/proc/${pid}/cmdline`).includes('--port'));
  if (pid === undefined) throw new Error('No server is running.');
  return pid;
}
