// @ts-check
// Runs a stock `cachibot server` for the shell in development: `node dev-server-wrapper.mjs COMMAND ARGUMENTS...`. Stock
// CachiBot does not watch its stdin, so this wrapper does what our entry point does: when its stdin ends or a signal
// arrives, it terminates the server and its descendants, and kills them after the grace time.
import { spawn, spawnSync } from 'node:child_process';

/** Shorter than the shell's own timeout of 10 s: the shell would kill only this wrapper, not the server. */
const GRACE_MS = 8000;

// The server runs in a process group of its own. A shell in that group reads a pipe from this wrapper: if the wrapper
// is killed by SIGKILL, the pipe ends and the shell kills the group. A signal interrupts `wait`, hence the loop.
const GUARD = `
  exec 3<&0 </dev/null
  (trap '' TERM INT HUP; cat <&3 >/dev/null 2>&1; kill -KILL 0) &
  exec 3<&-
  trap : TERM INT HUP
  "$@" &
  server=$!
  wait $server; code=$?
  while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
  exit $code`;

const [command = 'cachibot', ...args] = process.argv.slice(2);
const windows = process.platform === 'win32';
const child = windows
  ? spawn(`"${command}"`, args, { shell: true, stdio: ['ignore', 'inherit', 'inherit'], windowsHide: true })
  : spawn('/bin/sh', ['-c', GUARD, 'dev-server-wrapper', command, ...args], {
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
    });
child.stdin?.on('error', () => {}); // the guard has exited; its `exit` event is handled below

let stopping = false;
process.stdin.on('end', stop).on('error', stop).resume();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, stop);

child.once('error', error => {
  console.error(`${command} cannot be run: ${error.message}`);
  process.exit(127);
});
child.once('exit', code => {
  killTree(); // descendants that the server left running
  process.exit(code ?? 1);
});

function stop() {
  if (stopping) return;
  stopping = true;
  if (windows) spawnSync('taskkill', ['/pid', String(child.pid), '/t'], { windowsHide: true });
  else signalGroup('SIGTERM');
  setTimeout(killTree, GRACE_MS);
}

function killTree() {
  if (windows) spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { windowsHide: true });
  else signalGroup('SIGKILL');
}

/** @param {NodeJS.Signals} signal */
function signalGroup(signal) {
  try {
    process.kill(-Number(child.pid), signal);
  } catch {
    // ESRCH: all processes of the group have exited already.
  }
}
