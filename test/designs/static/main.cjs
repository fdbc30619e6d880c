// The floor: one window with a page from a file. No start of an app with this runtime can be faster.
const { join } = require('node:path');
const { app, BrowserWindow } = require('electron');

void app
  .whenReady()
  .then(() => new BrowserWindow({ width: 1280, height: 840 }).loadFile(join(__dirname, 'index.html')));
app.on('window-all-closed', () => app.quit());
