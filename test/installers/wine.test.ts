/**
 * The Windows installer under wine, built here from a real but old Electron. Tests the installer, not the app. It
 * contains a fake server, or the one that is frozen under wine (`npm run rehearse`); the running server is the fake one.
 * @module-tag linux
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it, onTestFinished } from 'vitest';
import { platformFor } from '../../desktop/system/core/platform';
import { bundleDifferences } from '../../scripts/backend/manifest.mjs';
import { openPythonWine, windowsPython } from '../../scripts/offline/windows-python.mjs';
import { fakeServerIn, openWine } from '../../scripts/offline/windows-tools.mjs';
import { startInstalledServer } from '../drivers/installed-server';
import { requiredEnv } from '../drivers/required-env';
import { install, uninstall } from '../drivers/windows-installer';
import type { SignedInstallers } from '../drivers/wine-installers';

const root = join(__dirname, '..', '..');
const APP_ID = String(platformFor('win32').appUserModelId);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const { realServer } = inject('installers') ?? {};

let wine: Awaited<ReturnType<typeof openWine>>;
let installer: SignedInstallers;
const running: ChildProcess[] = [];

const drive = () => join(wine.env.WINEPREFIX, 'drive_c');
const home = () => join(drive(), 'users', process.env['USER'] ?? 'root');
const programs = () => join(home(), 'AppData', 'Local', 'Programs', 'CachiBot');
const START_MENU = 'Microsoft/Windows/Start Menu/Programs/CachiBot.lnk';
const startMenu = () => join(home(), 'AppData/Roaming', START_MENU);
/** The updater's folder, which contains the installers of this version and of the previous one. */
const updaterFile = (name = '') => join(home(), 'AppData', 'Local', 'cachibot-desktop-updater', name);
/** The app's folder for caches, and the page's compiled code in it. */
const cacheFile = (name = '') => join(home(), 'AppData', 'Local', 'CachiBot', name);
const CODE_CACHE = join('Code Cache', 'js', 'index');
const UNINSTALL = 'Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
const RUN = 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const CLASS = 'HKCU\\Software\\Classes\\cachibot';
const CLASS_OF_ALL_USERS = 'HKLM\\Software\\Classes\\cachibot';

beforeAll(async () => {
  installer = inject('installers').windows;
  const logFile = join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'wine.log');
  const work = { root, title: 'wine', logFile, say: console.log };
  wine = realServer ? await openPythonWine(work, await windowsPython(work)) : await openWine(work);
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

afterAll(() => wine?.close());

/** Runs a Windows program, as a script on Windows would. */
function run(program: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(wine.wine, [program, ...args], { env: wine.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', text => (output += text));
    child.stderr.on('data', text => (output += text));
    child.once('error', reject);
    child.once('close', code => resolve({ code, output }));
  });
}

/** Replaces a file by the fake server, starts it, and waits until it runs. */
async function start(file: string, mode: '--stubborn' | '--app'): Promise<{ hasExited(): boolean; code(): unknown }> {
  copyFileSync(fakeServerIn(root), file);
  const child = spawn(wine.wine, [file, mode], { env: wine.env, stdio: ['pipe', 'pipe', 'ignore'] });
  running.push(child);
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('exit', code => reject(new Error(`${file} exited with code ${code}`)));
  });
  return {
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    code: () => child.exitCode ?? child.signalCode,
  };
}

/** Starts a server that exits only when it is killed. */
const startServer = (file: string) => start(file, '--stubborn');

/** Starts a fake app, because the only Electron for Windows available here is too old for the app's windows. */
const startApp = (mode: '--stubborn' | '--app') => start(join(programs(), 'CachiBot.exe'), mode);

const registry = async (...args: string[]) => (await run('reg', 'query', ...args)).output;
const installed = async () => /DisplayVersion\s+REG_SZ\s+(\S+)/.exec(await registry(`HKCU\\${UNINSTALL}`, '/s'))?.[1];
const server = () => join(programs(), 'resources', 'backend', 'cachibot-server.exe');
const verify = (file: string) =>
  spawnSync('osslsigncode', ['verify', '-CAfile', installer.certificate, '-in', file], { encoding: 'utf8' });

it('is signed, as is the app in it; with one changed byte the signature is invalid', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-changed-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const file of [installer.now, installer.app]) {
    const good = verify(file);
    expect(good.status, good.stdout).toBe(0);
    const changed = join(folder, 'changed.exe');
    copyFileSync(file, changed);
    const bytes = readFileSync(changed);
    bytes[4096] = (bytes[4096] ?? 0) ^ 1;
    writeFileSync(changed, bytes);
    expect(verify(changed).status).not.toBe(0);
  }
});

it('installs for this user without dialogs, and registers with Windows', async () => {
  expect(await run(installer.older, '/S')).toMatchObject({ code: 0 });
  expect(existsSync(join(programs(), 'CachiBot.exe'))).toBe(true);
  expect(bundleDifferences(join(programs(), 'resources', 'backend'))).toEqual([]);
  expect(existsSync(join(programs(), 'resources', 'papers', 'LICENCE.txt'))).toBe(true);
  expect(existsSync(startMenu())).toBe(true);
  expect(await installed()).toBe('0.0.1');
  expect(await registry(`${CLASS}\\shell\\open\\command`, '/ve')).toContain('CachiBot.exe');
  expect(verify(join(programs(), 'Uninstall CachiBot.exe')).status).toBe(0);
});

/** Registers the app to start at login, as the app itself does. */
const startAtLogin = () =>
  run('reg', 'add', RUN, '/v', APP_ID, '/t', 'REG_SZ', '/d', join(programs(), 'CachiBot.exe'), '/f');

it('replaces an older version while it and its server run, quits it, and does not touch another program’s server of the same name', async () => {
  const others = join(drive(), 'other', 'cachibot-server.exe');
  mkdirSync(dirname(others), { recursive: true });
  const [app, ours, foreign] = [await startApp('--app'), await startServer(server()), await startServer(others)];
  expect(await startAtLogin()).toMatchObject({ code: 0 });
  writeFileSync(updaterFile('previous-0.0.0.exe'), '');
  expect(await run(installer.now, '/S')).toMatchObject({ code: 0 });
  expect(await installed()).toBe(version);
  expect(bundleDifferences(join(programs(), 'resources', 'backend'))).toEqual([]);
  await expect.poll(app.code, { timeout: 20_000 }).toBe(0); // 1 if it had been killed
  await expect.poll(ours.hasExited, { timeout: 20_000 }).toBe(true);
  expect(foreign.hasExited()).toBe(false);
  expect(await registry(RUN)).toContain(APP_ID);
  expect(existsSync(updaterFile('previous-0.0.0.exe'))).toBe(true);
});

/** Not a skipped test without that server: CI would count it as failed. */
if (realServer)
  it('has a signed server that finds nothing wrong with itself, starts and stops', async () => {
    expect(verify(server()).status).toBe(0);
    expect(await run(server(), '--self-test')).toMatchObject({
      code: 0,
      output: expect.stringContaining(' 0 problems'),
    });
    const app = await startInstalledServer({ wine, programs: programs(), user: process.env['USER'] ?? 'root' });
    onTestFinished(() => app.kill());
    const login = await app.signUp('helper');
    expect(await app.read(login)).toEqual({ username: 'ada', bots: expect.arrayContaining(['helper']) });
    expect(await app.stop()).toBe(0);
  });

it('is uninstalled while app and server ignore requests to close, and leaves only the user’s data', async () => {
  const data = join(home(), '.cachibot', 'cachibot.db');
  for (const file of [data, cacheFile(CODE_CACHE)]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'mine');
  }
  expect(existsSync(updaterFile('installer.exe'))).toBe(true);
  const [app, ours] = [await startApp('--stubborn'), await startServer(server())];
  expect(await run(join(programs(), 'Uninstall CachiBot.exe'), '/S')).toMatchObject({ code: 0 });
  // The uninstaller continues in a copy of itself.
  await expect.poll(() => existsSync(programs()), { timeout: 60_000 }).toBe(false);
  await expect.poll(() => app.hasExited() && ours.hasExited(), { timeout: 20_000 }).toBe(true);
  expect([updaterFile(), cacheFile()].filter(existsSync)).toEqual([]);
  expect(await installed()).toBeUndefined();
  expect(await registry(CLASS)).not.toContain('URL:CachiBot');
  expect(await registry(RUN)).not.toContain(APP_ID);
  expect(existsSync(startMenu())).toBe(false);
  expect(readFileSync(data, 'utf8')).toBe('mine');
});

it('deletes the data only with --delete-data', async () => {
  const data = join(home(), '.cachibot', 'cachibot.db');
  expect(await run(installer.now, '/S')).toMatchObject({ code: 0 });
  expect(await run(join(programs(), 'Uninstall CachiBot.exe'), '/S', '--delete-data')).toMatchObject({ code: 0 });
  await expect.poll(() => existsSync(programs()), { timeout: 60_000 }).toBe(false);
  await expect.poll(() => existsSync(data), { timeout: 20_000 }).toBe(false);
});

it('is installed and removed by the driver for a real Windows, which refuses to run where the app is installed already', async () => {
  const windows = { localFolder: join(home(), 'AppData', 'Local'), run };
  await install(windows, installer.now);
  expect(existsSync(join(programs(), 'CachiBot.exe'))).toBe(true);
  await expect(install(windows, installer.now)).rejects.toThrow(`CachiBot ${version} is installed here`);
  await uninstall(windows);
  expect([programs(), updaterFile(), startMenu()].filter(existsSync)).toEqual([]);
});

it('installs for all users, and is removed completely, with the user’s data', async () => {
  const allUsers = join(drive(), 'Program Files', 'CachiBot');
  const menu = join(drive(), 'ProgramData', START_MENU);
  const own = [
    join(home(), 'AppData', 'Roaming', 'CachiBot', 'settings.json'),
    join(home(), '.cachibot', 'cachibot.db'),
    cacheFile(CODE_CACHE),
  ];
  const others = [join(drive(), 'ProgramData', 'CachiBot', 'other.txt'), cacheFile('other.txt')];
  for (const file of [...own, ...others]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'mine');
  }
  // Remains of an installation for this user only, which Windows would prefer.
  const remains = ['/ve', '/d', '"C:\\gone\\CachiBot.exe" "%1"', '/f'];
  expect(await run('reg', 'add', `${CLASS}\\shell\\open\\command`, ...remains)).toMatchObject({ code: 0 });
  expect(await run(installer.now, '/S', '/allusers')).toMatchObject({ code: 0 });
  expect(await registry(CLASS, '/s')).not.toContain('CachiBot.exe');
  expect(bundleDifferences(join(allUsers, 'resources', 'backend'))).toEqual([]);
  expect(existsSync(programs())).toBe(false);
  expect([existsSync(menu), existsSync(startMenu())]).toEqual([true, false]);
  expect(await registry(`HKLM\\${UNINSTALL}`, '/s')).toContain(
    `"C:\\Program Files\\CachiBot\\Uninstall CachiBot.exe" /allusers`,
  );
  expect(await registry(`${CLASS_OF_ALL_USERS}\\shell\\open\\command`, '/ve')).toContain('CachiBot.exe');
  expect(existsSync(updaterFile('installer.exe'))).toBe(true);

  const uninstall = [join(allUsers, 'Uninstall CachiBot.exe'), '/allusers', '/S', '--delete-data'] as const;
  expect(await run(...uninstall)).toMatchObject({ code: 0 });
  await expect.poll(() => existsSync(allUsers), { timeout: 60_000 }).toBe(false);
  await expect
    .poll(() => [...own.map(file => dirname(file)), updaterFile(), menu].filter(existsSync), { timeout: 20_000 })
    .toEqual([]);
  await expect.poll(() => registry(`HKLM\\${UNINSTALL}`, '/s'), { timeout: 20_000 }).not.toContain('CachiBot');
  expect(await registry(CLASS_OF_ALL_USERS)).not.toContain('URL:CachiBot');
  expect(others.map(file => readFileSync(file, 'utf8'))).toEqual(['mine', 'mine']);
});

it('runs in another drive if wine cannot prepare the first one', async () => {
  const drives: string[] = [];
  const work = { root, title: 'wine', logFile: join(requiredEnv('CACHIBOT_TEST_OUTPUT'), 'wine.log'), say: () => {} };
  const other = await openWine(work, process.env, async ({ env }) => {
    drives.push(env.WINEPREFIX);
    if (drives.length === 1) throw new Error('could not load kernel32.dll');
  });
  onTestFinished(other.close);
  expect(drives.map(existsSync)).toEqual([false, true]);
  expect(other.env.WINEPREFIX).toBe(drives[1]);
});
