// @ts-check
// Runs in Electron: draws SVG files as PNG files. ICON_DRAWINGS: JSON of `Drawing[]` (icon-files.mjs).
const { readFileSync, writeFileSync } = require('node:fs');
const { app, BrowserWindow } = require('electron');

/** Draws all pictures, and quits. */
async function draw() {
  await app.whenReady();
  const window = new BrowserWindow({ show: false, webPreferences: { sandbox: true } });
  await window.loadURL('about:blank');
  /** @type {{ source: string, colour?: string, size: number, file: string }[]} */
  const drawings = JSON.parse(process.env['ICON_DRAWINGS'] ?? '[]');
  for (const { source, colour, size, file } of drawings) {
    const svg = readFileSync(source, 'utf8').replace(
      '<svg ',
      `<svg width="${size}" height="${size}" fill="${colour ?? '#000'}" `,
    );
    const url = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    const png = await window.webContents.executeJavaScript(`(async () => {
      const picture = new Image();
      picture.src = ${JSON.stringify(url)};
      await picture.decode();
      const canvas = document.createElement('canvas');
      canvas.width = canvas.height = ${size};
      canvas.getContext('2d').drawImage(picture, 0, 0, ${size}, ${size});
      return canvas.toDataURL('image/png').split(',')[1];
    })()`);
    writeFileSync(file, Buffer.from(png, 'base64'));
  }
  app.exit(0);
}

draw().catch(error => {
  console.error(error);
  app.exit(1);
});
