// @module-tag linux: macOS and Windows keep it themselves

import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fileStartOnBoot } from '../../../desktop/system/autostart';
import { autostartEntry } from '../../../desktop/system/core/autostart-entry';

// Only macOS and Windows ask it; where none was downloaded yet, loading it fails.
vi.mock('electron', () => ({}));

let folder: string;
let appImage: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cachibot-boot-'));
  appImage = join(folder, 'CachiBot.AppImage');
  writeFileSync(appImage, '');
  fileStartOnBoot(folder, [appImage]).set(true);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = () => join(folder, 'autostart', 'cachibot-desktop.desktop');
const entry = () => readFileSync(file(), 'utf8');

it('an AppImage that was moved names itself anew', () => {
  const moved = join(folder, 'My Apps', 'CachiBot.AppImage');
  mkdirSync(join(folder, 'My Apps'));
  renameSync(appImage, moved);
  fileStartOnBoot(folder, [moved]).mend();
  expect(entry()).toBe(autostartEntry([moved]));
});

it('a second copy leaves the entry to the one that is still there', () => {
  fileStartOnBoot(folder, [join(folder, 'another.AppImage')]).mend();
  expect(entry()).toBe(autostartEntry([appImage]));
});

it('a run of a clone leaves it alone even when the app is gone', () => {
  rmSync(appImage);
  fileStartOnBoot(folder, ['/clone/electron', '/clone']).mend();
  expect(entry()).toBe(autostartEntry([appImage]));
});

it('what a person wrote, or a desktop switched off, stays as it is', () => {
  for (const theirs of ['Exec=env LANG=C /gone/CachiBot.AppImage\n', 'Exec=/gone/CachiBot.AppImage\nHidden=true\n']) {
    writeFileSync(file(), theirs);
    fileStartOnBoot(folder, [appImage]).mend();
    expect(entry()).toBe(theirs);
  }
});

it('where there is no entry none is made', () => {
  const startOnBoot = fileStartOnBoot(folder, [appImage]);
  startOnBoot.set(false);
  startOnBoot.mend();
  expect(startOnBoot.get()).toBe(false);
});
