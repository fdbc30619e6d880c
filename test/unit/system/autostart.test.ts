// @module-tag linux: macOS and Windows store the setting themselves

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFileAutostart, openAutostart } from '../../../desktop/system/autostart';
import { autostartEntry, HIDDEN } from '../../../desktop/system/core/autostart-entry';

/** The system's setting on macOS and Windows. */
const loginItem = vi.hoisted(() => ({ getLoginItemSettings: vi.fn(), setLoginItemSettings: vi.fn() }));
// Only macOS and Windows call Electron; loading it fails where it is not downloaded yet.
vi.mock('electron', () => ({ app: loginItem }));

let folder: string;
let appImage: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-boot-'));
  appImage = join(folder, 'CachiBot.AppImage');
  writeFileSync(appImage, '');
  createFileAutostart(folder, [appImage]).set(true);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, 'autostart', 'cachibot-desktop.desktop');
const entry = () => readFileSync(file(), 'utf8');

it('an AppImage that was moved updates the entry', () => {
  const moved = join(folder, 'My Apps', 'CachiBot.AppImage');
  mkdirSync(join(folder, 'My Apps'));
  renameSync(appImage, moved);
  createFileAutostart(folder, [moved]).repair();
  expect(entry()).toBe(autostartEntry([moved, HIDDEN]));
});

it('a second copy does not change the entry while the first exists', () => {
  createFileAutostart(folder, [join(folder, 'another.AppImage')]).repair();
  expect(entry()).toBe(autostartEntry([appImage, HIDDEN]));
});

it('a clone does not change the entry, even when the app is missing', () => {
  rmSync(appImage);
  createFileAutostart(folder, ['/clone/electron', '/clone']).repair();
  expect(entry()).toBe(autostartEntry([appImage, HIDDEN]));
});

it('an entry that a user wrote, or a desktop disabled, is not changed', () => {
  for (const changed of ['Exec=env LANG=C /gone/CachiBot.AppImage\n', 'Exec=/gone/CachiBot.AppImage\nHidden=true\n']) {
    writeFileSync(file(), changed);
    createFileAutostart(folder, [appImage]).repair();
    expect(entry()).toBe(changed);
  }
});

it('no entry is created where there is none', () => {
  const autostart = createFileAutostart(folder, [appImage]);
  autostart.set(false);
  autostart.repair();
  expect(autostart.get()).toBe(false);
});

it.each([
  ['on', { openAtLogin: true, executableWillLaunchAtLogin: true }, true],
  ['switched off in the Task Manager', { openAtLogin: true, executableWillLaunchAtLogin: false }, false],
  ['on for other arguments only', { openAtLogin: false, executableWillLaunchAtLogin: true }, false],
])('on Windows, the setting is %s', (_what, found, on) => {
  loginItem.getLoginItemSettings.mockReturnValue(found);
  const autostart = openAutostart({ autostartFile: false, hasDock: false }, folder, 'C:\\CachiBot.exe');
  expect(autostart.get()).toBe(on);
  expect(autostart.needsApproval()).toBe(false);
  expect(loginItem.getLoginItemSettings).toHaveBeenCalledWith({ args: [HIDDEN] });
  autostart.set(true);
  expect(loginItem.setLoginItemSettings).toHaveBeenLastCalledWith({ args: [HIDDEN], openAtLogin: true, enabled: true });
});

it.each([
  ['enabled', { openAtLogin: true, status: 'enabled' }, [true, false]],
  ['requires-approval', { openAtLogin: false, status: 'requires-approval' }, [true, true]],
  ['not-registered', { openAtLogin: false, status: 'not-registered' }, [false, false]],
])('on macOS, the setting is on while it %s', (_status, found, [on, needsApproval]) => {
  loginItem.getLoginItemSettings.mockReturnValue(found);
  const autostart = openAutostart({ autostartFile: false, hasDock: true }, folder, '/Applications/CachiBot.app');
  expect(autostart.get()).toBe(on);
  expect(autostart.needsApproval()).toBe(needsApproval);
});
