// @module-tag linux: macOS and Windows keep it themselves

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createFileAutostart } from '../../../desktop/system/autostart';
import { autostartEntry } from '../../../desktop/system/core/autostart-entry';

// Only macOS and Windows ask it; where none was downloaded yet, loading it fails.
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

it('an AppImage that was moved names itself anew', () => {
  const moved = join(folder, 'My Apps', 'CachiBot.AppImage');
  mkdirSync(join(folder, 'My Apps'));
  renameSync(appImage, moved);
  createFileAutostart(folder, [moved]).repair();
  expect(entry()).toBe(autostartEntry([moved]));
});

it('a second copy leaves the entry to the one that is still there', () => {
  createFileAutostart(folder, [join(folder, 'another.AppImage')]).repair();
  expect(entry()).toBe(autostartEntry([appImage]));
});

it('a run of a clone leaves it alone even when the app is gone', () => {
  rmSync(appImage);
  createFileAutostart(folder, ['/clone/electron', '/clone']).repair();
  expect(entry()).toBe(autostartEntry([appImage]));
});

it('what a person wrote, or a desktop switched off, stays as it is', () => {
  for (const theirs of ['Exec=env LANG=C /gone/CachiBot.AppImage\n', 'Exec=/gone/CachiBot.AppImage\nHidden=true\n']) {
    writeFileSync(file(), theirs);
    createFileAutostart(folder, [appImage]).repair();
    expect(entry()).toBe(theirs);
  }
});

it('where there is no entry none is made', () => {
  const autostart = createFileAutostart(folder, [appImage]);
  autostart.set(false);
  autostart.repair();
  expect(autostart.get()).toBe(false);
});
