// @ts-check
// Runs a stock `cachibot server` for the shell in development: `node dev-server-wrapper.mjs COMMAND ARGUMENTS...`. Stock CachiBot
// knows nothing of the shell, so the leash does what our own entry would: it ends the server, with all it started,
// when its stdin ends or a signal comes, cleanly first and by force after the grace time.
import { spawn, spawnSync } from 'node:child_process';

/** Shorter than the shell's own patience of 10 s, so that the shell never has to kill what it cannot see. */
const GRACE_MS = 8000;

// The server gets a group of its own. Its shell holds a pipe of ours: should the leash itself be killed by SIGKILL,
// the pipe ends and the whole group is killed. `wait` is interrupted by a signal, hence the loop.
const KEEPER = `
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
  : spawn('/bin/sh', ['-c', KEEPER, 'leash', command, ...args], {
      stdio: ['pipe', 'inherit', 'inherit'],
      detached: true,
    });
child.stdin?.on('error', () => {}); // the keeper went first; its exit says all there is to say

let stopping = false;
process.stdin.on('end', stop).on('error', stop).resume();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, stop);

child.once('error', error => {
  console.error(`${command} cannot be run: ${error.message}`);
  process.exit(127);
});
child.once('exit', code => {
  killTree(); // what the server left behind
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
    // ESRCH: nobody is left in the group, which is what was wanted.
  }
}
