// The usual design of a shell around a server: it shows a splash, spawns the server, polls its port each 500 ms, then
// loads the page in a second window and closes the splash. On quit it terminates the server and waits for its exit.
const { spawn } = require('node:child_process');
const { connect } = require('node:net');
const { join } = require('node:path');
const { app, BrowserWindow } = require('electron');

const [HOST, PORT] = ['127.0.0.1', 5870];
const POLL_MS = 500;
const KILL_MS = 5_000;

/** @type {import('node:child_process').ChildProcess | undefined} */
let server;

void app.whenReady().then(async () => {
  const splash = new BrowserWindow({ width: 420, height: 300, frame: false, resizable: false, center: true });
  void splash.loadFile(join(__dirname, 'splash.html'));
  const [command = '', ...args] = JSON.parse(process.env['BENCH_SERVER'] ?? '[]');
  server = spawn(command, [...args, '--host', HOST, '--port', String(PORT)], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [server.stdout, server.stderr]) stream?.resume();
  server.once('exit', () => {
    server = undefined;
  });
  while (!(await canConnect())) await new Promise(resolve => setTimeout(resolve, POLL_MS));
  const window = new BrowserWindow({ width: 1280, height: 840, show: false });
  window.once('ready-to-show', () => {
    window.show();
    splash.close();
  });
  void window.loadURL(`http://${HOST}:${PORT}/`);
});

app.on('window-all-closed', () => app.quit());
app.on('will-quit', event => {
  if (server === undefined) return;
  event.preventDefault();
  const timer = setTimeout(() => server?.kill('SIGKILL'), KILL_MS);
  server.once('exit', () => {
    clearTimeout(timer);
    app.quit();
  });
  server.kill('SIGTERM');
});

/** @returns {Promise<boolean>} */
function canConnect() {
  return new Promise(resolve => {
    const socket = connect(PORT, HOST);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
