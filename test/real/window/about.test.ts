/** What the app says it is. */
// @module-tag linux: as all that uses electron-app.ts

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runApp, type Setting, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

const root = join(__dirname, '..', '..', '..');

/** Keeps what the app puts into its About panel, which only the system can show. */
const SPY = `
const { app } = require('electron');
const set = app.setAboutPanelOptions;
app.setAboutPanelOptions = options => {
  globalThis.about = options;
  set.call(app, options);
};`;

/** The app's code as it is packed: with a word in its package.json when it is a rehearsal. */
function appWith(more: object): Setting {
  const home = temporaryFolder();
  const code = join(home, 'app');
  mkdirSync(code);
  cpSync(join(root, 'out'), join(code, 'out'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(code, 'node_modules'));
  const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(code, 'package.json'), JSON.stringify({ ...about, ...more }));
  writeFileSync(join(home, 'spy.cjs'), SPY);
  return { home, code, server: 'healthy', switches: ['-r', join(home, 'spy.cjs')] };
}

async function about(setting: Setting): Promise<string> {
  const app = await startApp(setting);
  await shownUi(app);
  const options = await app.evaluate(() => (globalThis as unknown as { about: { applicationVersion: string } }).about);
  return options.applicationVersion;
}

const doctor = async (setting: Setting) => JSON.parse((await runApp({ ...setting, args: ['--doctor'] })).stdout).build;

it('is called a rehearsal in About and by --doctor, with the reason, when stand-ins went into it', async () => {
  const setting = appWith({ version: '4.5.6', rehearsal: 'Electron 1 in place of 2' });
  expect(await about(setting)).toBe('4.5.6 (rehearsal: Electron 1 in place of 2)');
  expect(await doctor(setting)).toBe('rehearsal: Electron 1 in place of 2');
});

it('is called by its version alone otherwise', async () => {
  const setting = appWith({ version: '4.5.6' });
  expect(await about(setting)).toBe('4.5.6');
  expect(await doctor(setting)).toBe('clone');
});
