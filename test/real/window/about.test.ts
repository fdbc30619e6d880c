/** The description of the build in About and by --doctor. */
// @module-tag linux: uses electron-app.ts

import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type LaunchOptions, runApp, shownUi, startApp, temporaryFolder } from '../../drivers/electron-app';

const root = join(__dirname, '..', '..', '..');

/** Records the options of the About panel, which only the system can show. */
const SPY = `
const { app } = require('electron');
const set = app.setAboutPanelOptions;
app.setAboutPanelOptions = options => {
  globalThis.about = options;
  set.call(app, options);
};`;

/** Creates the app's code as it is packed, with additional entries in its package.json. */
function appWith(more: object): LaunchOptions {
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

async function about(options: LaunchOptions): Promise<string> {
  const app = await startApp(options);
  await shownUi(app);
  const panel = await app.evaluate(() => (globalThis as unknown as { about: { applicationVersion: string } }).about);
  return panel.applicationVersion;
}

const doctor = async (options: LaunchOptions) =>
  JSON.parse((await runApp({ ...options, args: ['--doctor'] })).stdout).build;

it('is called a rehearsal, with the reason, in About and by --doctor, when it was built with replacements', async () => {
  const options = appWith({ version: '4.5.6', rehearsal: 'Electron 1 in place of 2' });
  expect(await about(options)).toBe('4.5.6 (rehearsal: Electron 1 in place of 2)');
  expect(await doctor(options)).toBe('rehearsal: Electron 1 in place of 2');
});

it('is described by its version only when it is not a rehearsal', async () => {
  const options = appWith({ version: '4.5.6' });
  expect(await about(options)).toBe('4.5.6');
  expect(await doctor(options)).toBe('clone');
});
