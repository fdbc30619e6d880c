// @ts-check
// `npm run icons`: draws every icon of the app from its SVG sources, with Chromium.
//   desktop/pages/icon.svg          the icon; build/icon-sources/icon-16.svg, -24, -32: the same, fitted to small sizes
//   build/icon-sources/symbolic.svg in one colour, for dark trays and for Linux desktops
//   build/icon-sources/badge.svg    the dot on the app's button in the taskbar of Windows
import './setup/node-version.mjs';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  committedPngs,
  MAC_TYPES,
  partsOfFormats,
  SYMBOLIC_ICON,
  symbolicIcon,
  toIcns,
  toIco,
  WINDOWS_SIZES,
} from './icons/icon-files.mjs';
import { runElectron } from './run-electron.mjs';
import { setUp } from './setup/setup.mjs';
import { UserError } from './setup/user-error.mjs';
import { openScreen } from './testing/screen.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
process.chdir(root);
const folder = mkdtempSync(join(tmpdir(), 'cachibot-icons-'));
try {
  const { electron } = await setUp(root, { say: console.log });
  const screen = await openScreen();
  const drawings = [...committedPngs(), ...partsOfFormats(folder)];
  const code = await runElectron({
    electron,
    root: join(root, 'scripts', 'icons'),
    // No sandbox, which root cannot have: the only content is our own.
    switches: process.platform === 'linux' ? ['--disable-gpu', '--no-sandbox'] : [],
    args: [],
    env: { ...process.env, ...screen.env, ICON_DRAWINGS: JSON.stringify(drawings) },
  });
  screen.close();
  if (code !== 0) throw new UserError(`Electron exited with code ${code}.`, 'Its messages above have the reason.');
  /** @param {number} size */
  const png = size => readFileSync(join(folder, `${size}.png`));
  writeFileSync('build/icon.ico', toIco(WINDOWS_SIZES.map(size => ({ size, png: png(size) }))));
  writeFileSync('build/icon.icns', toIcns(Object.entries(MAC_TYPES).map(([type, size]) => ({ type, png: png(size) }))));
  writeFileSync(SYMBOLIC_ICON, symbolicIcon());
  console.log(`Drew ${drawings.length} pictures.`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
