// @module-tag linux: macOS and Windows store the setting themselves

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFileAutostart } from '../../../desktop/system/autostart';
import { autostartEntry, HIDDEN } from '../../../desktop/system/core/autostart-entry';

// Only macOS and Windows call Electron; loading it fails where it is not downloaded yet.
vi.mock('electron', () => ({}));

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
