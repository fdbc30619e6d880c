// @ts-check
// Which icon is drawn from which source, and the formats of Windows and macOS, which are lists of PNG files.

import { readFileSync } from 'node:fs';

/** @typedef {{ source: string, colour?: string, size: number, file: string }} Drawing */

/** Sizes that have a drawing of their own, whose edges lie on whole pixels. All others are scaled from the large one. */
const FITTED = [16, 24, 32];
const LARGE = 'desktop/pages/icon.svg';
const SYMBOLIC = 'build/icon-sources/symbolic.svg';

/** @param {number} size */
const sourceFor = size => (FITTED.includes(size) ? `build/icon-sources/icon-${size}.svg` : LARGE);

/** Sizes of the icons on Linux, one file each. */
export const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];
export const WINDOWS_SIZES = [16, 24, 32, 48, 64, 128, 256];
/** Size of each type of an icon in an .icns file. Those for 16@2x and 32@2x have the same size as others. */
export const MAC_TYPES = {
  icp4: 16,
  icp5: 32,
  ic11: 32,
  icp6: 64,
  ic12: 64,
  ic07: 128,
  ic08: 256,
  ic13: 256,
  ic09: 512,
  ic14: 512,
  ic10: 1024,
};

/**
 * Icons in the tray, by their names. Windows chooses among those of 16 pixels by the scale of the screen; a Linux desktop
 * gets the one of 24 pixels, or of 48 on a screen with more pixels, white where its panel is always dark.
 * @type {Record<string, { size: number, source?: string, colour?: string }>}
 */
const TRAY = {
  'tray-16': { size: 16 },
  'tray-16@1.5x': { size: 24 },
  'tray-16@2x': { size: 32 },
  'tray-24': { size: 24 },
  'tray-48': { size: 48 },
  'tray-white-24': { size: 24, source: SYMBOLIC, colour: '#ffffff' },
  'tray-white-48': { size: 48, source: SYMBOLIC, colour: '#ffffff' },
};

/** Size of the window's icon, in pixels. An icon of 512 pixels delays the window by 5 ms. */
const WINDOW_ICON_SIZE = 256;

/** The dot on the app's button in the taskbar of Windows, by the scale of the screen. @type {Record<string, number>} */
const BADGE = { 'badge-16': 16, 'badge-16@1.5x': 24, 'badge-16@2x': 32 };

/**
 * Returns every PNG that the app or its packages contain.
 * @returns {Drawing[]}
 */
export function committedPngs() {
  const linux = LINUX_SIZES.map(size => ({ source: sourceFor(size), size, file: `build/icons/${size}x${size}.png` }));
  const tray = Object.entries(TRAY).map(([name, drawing]) => ({
    source: sourceFor(drawing.size),
    ...drawing,
    file: `desktop/pages/${name}.png`,
  }));
  const badge = Object.entries(BADGE).map(([name, size]) => ({
    source: 'build/icon-sources/badge.svg',
    size,
    file: `desktop/pages/${name}.png`,
  }));
  return [{ source: LARGE, size: WINDOW_ICON_SIZE, file: 'desktop/pages/icon.png' }, ...linux, ...tray, ...badge];
}

/**
 * Returns the drawings for icon.ico and icon.icns.
 * @param {string} folder for the PNG files
 * @returns {Drawing[]}
 */
export function partsOfFormats(folder) {
  const sizes = new Set([...WINDOWS_SIZES, ...Object.values(MAC_TYPES)]);
  return [...sizes].map(size => ({ source: sourceFor(size), size, file: `${folder}/${size}.png` }));
}

/** The symbolic icon of Linux desktops, which choose its colour themselves. */
export const SYMBOLIC_ICON = 'build/linux/cachibot-desktop-symbolic.svg';

/** Returns the content of the symbolic icon. */
export function symbolicIcon() {
  return readFileSync(SYMBOLIC, 'utf8').replace('<svg ', '<svg width="16" height="16" fill="#2e3436" ');
}

/**
 * Returns an .ico file.
 * @param {{ size: number, png: Buffer }[]} images
 */
export function toIco(images) {
  const [header, entry] = [6, 16];
  const head = Buffer.alloc(header + entry * images.length);
  head.writeUInt16LE(1, 2); // an icon, not a cursor
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size, png }, index) => {
    const at = header + entry * index;
    head.writeUInt8(size % 256, at); // 0 stands for 256
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4); // colour planes
    head.writeUInt16LE(32, at + 6); // bits per pixel
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

/**
 * Returns an .icns file.
 * @param {{ type: string, png: Buffer }[]} images
 */
export function toIcns(images) {
  const parts = images.map(({ type, png }) => block(type, png));
  return block('icns', Buffer.concat(parts));
}

/**
 * @param {string} type
 * @param {Buffer} content
 */
function block(type, content) {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(head.length + content.length, 4);
  return Buffer.concat([head, content]);
}
