// @ts-check
// Which icon is drawn from which source, and the formats of Windows and macOS, which are lists of PNG files.

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

/** Sizes of an icon in the tray or menu bar: 16 on Windows and macOS, the others on Linux desktops. Each also has @2x. */
export const TRAY_SIZES = [16, 22, 24, 32];
/** On macOS a name that ends with Template tells the system to choose the colour itself. */
const TRAY_KINDS = [
  { name: 'tray-black', source: SYMBOLIC, colour: '#000000' },
  { name: 'tray-white', source: SYMBOLIC, colour: '#ffffff' },
];

/**
 * Returns every PNG that the app or its packages contain.
 * @returns {Drawing[]}
 */
export function committedPngs() {
  const linux = LINUX_SIZES.map(size => ({ source: sourceFor(size), size, file: `build/icons/${size}x${size}.png` }));
  const tray = TRAY_SIZES.flatMap(size =>
    [1, 2].flatMap(scale => {
      const suffix = scale === 1 ? '' : '@2x';
      const pixels = size * scale;
      return [
        { source: sourceFor(pixels), size: pixels, file: `desktop/pages/tray-${size}${suffix}.png` },
        ...TRAY_KINDS.map(({ name, source, colour }) => ({
          source,
          colour,
          size: pixels,
          file: `desktop/pages/${name}-${size}${suffix}.png`,
        })),
      ];
    }),
  );
  const template = [1, 2].map(scale => ({
    source: SYMBOLIC,
    colour: '#000000',
    size: 16 * scale,
    file: `desktop/pages/trayTemplate${scale === 1 ? '' : '@2x'}.png`,
  }));
  return [{ source: LARGE, size: 512, file: 'desktop/pages/icon.png' }, ...linux, ...tray, ...template];
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
