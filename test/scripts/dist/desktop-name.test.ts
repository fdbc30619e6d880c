/** On Linux, the desktop finds the launcher of a window by the window's name. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';

const root = join(__dirname, '..', '..', '..');

it('is the same in the launcher, in its file’s name and in Electron’s windows', () => {
  const { desktopName } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { linux } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
  // electron-builder names the launcher's file after the program.
  expect(desktopName).toBe(`${linux.executableName}.desktop`);
  // Electron 42 and newer names its windows after that file, on X11 and on Wayland.
  expect(linux.desktop.entry.StartupWMClass).toBe(desktopName.replace(/\.desktop$/, ''));
});
