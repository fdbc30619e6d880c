// The window of a browser, for machines that have no other: the page at BENCH_URL, and nothing else.
const { app, BrowserWindow } = require('electron');

void app
  .whenReady()
  .then(() => new BrowserWindow({ width: 1280, height: 840 }).loadURL(String(process.env['BENCH_URL'])));
app.on('window-all-closed', () => app.quit());
