// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../setup/lock.mjs';

/**
 * The server that runs on this home's data according to the file every stock server writes, and which a second stock
 * server would kill.
 * @param {string} home
 * @returns {{ pid: number, port: number } | undefined}
 */
export function runningServer(home) {
  const { pid, port } = readPidFile(join(home, '.cachibot', 'server.pid'));
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined;
  // The number may be another program's by now.
  return /cachibot|pyinstaller-server/i.test(commandLine(pid)) ? { pid, port: Number(port) || 5870 } : undefined;
}

/** @param {string} file */
function readPidFile(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) ?? {};
  } catch {
    return {}; // no file: no server
  }
}

/**
 * @param {number} pid
 * @returns {string}
 */
function commandLine(pid) {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return ''; // ended meanwhile, or another user's
    }
  }
  const [command = '', ...args] =
    process.platform === 'win32'
      ? [
          'powershell',
          '-NoProfile',
          '-Command',
          `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`,
        ]
      : ['ps', '-o', 'args=', '-p', String(pid)];
  return spawnSync(command, args, { encoding: 'utf8', windowsHide: true }).stdout ?? '';
}
