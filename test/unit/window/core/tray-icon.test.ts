import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { trayIconFile } from '../../../../desktop/window/core/tray-icon';

it.each([
  ['Windows, which chooses among the scales', false, undefined, 2, 'tray-16.png'],
  ['a desktop whose panel may be light or dark', true, 'KDE', 1, 'tray-24.png'],
  ['a screen with more pixels', true, 'KDE', 1.25, 'tray-48.png'],
  ['GNOME', true, 'ubuntu:GNOME', 1, 'tray-white-24.png'],
  ['GNOME with its light panel', true, 'GNOME-Classic:GNOME', 1, 'tray-24.png'],
  ['Pantheon on a screen with more pixels', true, 'Pantheon', 2, 'tray-white-48.png'],
  ['a desktop without a name', true, undefined, 1, 'tray-24.png'],
])('the tray of %s has its icon', (_name, needsHost, desktop, scale, file) => {
  expect(trayIconFile({ needsHost, desktop, scale })).toBe(file);
  expect(existsSync(join(__dirname, '../../../../desktop/pages', file))).toBe(true);
});
