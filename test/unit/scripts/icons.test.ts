import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  committedPngs,
  MAC_TYPES,
  SYMBOLIC_ICON,
  symbolicIcon,
  toIcns,
  toIco,
  WINDOWS_SIZES,
} from '../../../scripts/icons/icon-files.mjs';

const root = join(__dirname, '../../..');
const read = (file: string) => readFileSync(join(root, file));
const PNG = '\x89PNG\r\n\x1a\n';

/** The width of a PNG; it fails if that is not a square PNG. */
function sizeOf(png: Buffer): number {
  expect(png.subarray(0, 8).toString('latin1')).toBe(PNG);
  expect(png.readUInt32BE(20)).toBe(png.readUInt32BE(16));
  return png.readUInt32BE(16);
}

/** Size by type of each picture in an .icns file. */
function icnsSizes(file: Buffer): Record<string, number> {
  expect(file.toString('latin1', 0, 4)).toBe('icns');
  expect(file.readUInt32BE(4)).toBe(file.length);
  const sizes: Record<string, number> = {};
  for (let at = 8; at < file.length; at += file.readUInt32BE(at + 4)) {
    sizes[file.toString('latin1', at, at + 4)] = sizeOf(file.subarray(at + 8));
  }
  return sizes;
}

/** Sizes that an .ico file states, each with the size of its picture. */
function icoSizes(file: Buffer): [stated: number, actual: number][] {
  expect([file.readUInt16LE(0), file.readUInt16LE(2)]).toEqual([0, 1]);
  return Array.from({ length: file.readUInt16LE(4) }, (_, index) => {
    const at = 6 + 16 * index;
    const start = file.readUInt32LE(at + 12);
    return [file.readUInt8(at) || 256, sizeOf(file.subarray(start, start + file.readUInt32LE(at + 8)))];
  });
}

it.each(committedPngs().map(({ file, size }) => [file, size] as const))('%s has %i pixels', (file, size) => {
  expect(sizeOf(read(file))).toBe(size);
});

it.each(['desktop/pages', 'build/icons'])('%s has no other PNG', folder => {
  const drawn = committedPngs().map(({ file }) => file);
  const files = readdirSync(join(root, folder)).map(name => `${folder}/${name}`);
  expect(files.filter(file => file.endsWith('.png') && !drawn.includes(file))).toEqual([]);
});

it.each(['deb', 'rpm'])('the %s installs the symbolic icon, which is drawn from its source', packager => {
  const options: string[] = parse(read('electron-builder.yml').toString())[packager].fpm;
  const place = '/usr/share/icons/hicolor/symbolic/apps/cachibot-desktop-symbolic.svg';
  expect(options).toContain(`${SYMBOLIC_ICON}=${place}`);
  expect(read(SYMBOLIC_ICON).toString()).toBe(symbolicIcon());
});

it('the icon of Windows has each size', () => {
  expect(icoSizes(read('build/icon.ico'))).toEqual(WINDOWS_SIZES.map(size => [size, size]));
});

it('the icon of macOS has each type, in its size', () => {
  expect(icnsSizes(read('build/icon.icns'))).toEqual(MAC_TYPES);
});

describe('small icons', () => {
  it.each([16, 24, 32])('of %i pixels have a drawing of their own', size => {
    const drawing = committedPngs().find(({ file }) => file === `build/icons/${size}x${size}.png`);
    expect(drawing?.source).toBe(`build/icon-sources/icon-${size}.svg`);
    expect(read(`build/icon-sources/icon-${size}.svg`).toString()).toContain(`viewBox="0 0 ${size} ${size}"`);
  });
});

describe('formats', () => {
  const picture = (size: number) => {
    const png = Buffer.alloc(24);
    png.write(PNG, 'latin1');
    png.writeUInt32BE(size, 16);
    png.writeUInt32BE(size, 20);
    return png;
  };

  it('of Windows and macOS are read back as they were written', () => {
    const sizes = [16, 256];
    expect(icoSizes(toIco(sizes.map(size => ({ size, png: picture(size) }))))).toEqual(sizes.map(size => [size, size]));
    const types = Object.entries({ icp4: 16, ic10: 1024 });
    expect(icnsSizes(toIcns(types.map(([type, size]) => ({ type, png: picture(size) }))))).toEqual({
      icp4: 16,
      ic10: 1024,
    });
  });
});
