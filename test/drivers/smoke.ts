/** Starts a packed or installed app as a user does. Runs on all systems. */

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import waitOn from 'wait-on';
import { runElectron, switchesForMachine } from '../../scripts/run-electron.mjs';
import { runChild } from '../../scripts/testing/child.mjs';
import { removeFolder } from './remove-folder';
import { expectNothingRunning } from './still-running';

const READY_MS = 120_000;
const PORT_MS = 60_000;

/** Expects that `--smoke` starts the app, prints a successful report, exits with 0, and leaves no server running. */
export async function expectGoodReport(executable: string): Promise<void> {
  const { env, switches } = machine();
  const { code, output } = await runChild(executable, [...switches, '--smoke'], { cwd: tmpdir(), env, quiet: true });
  const line = output.split('\n').find(text => text.startsWith('{'));
  expect(line, output).toBeDefined();
  const report = JSON.parse(line ?? '');
  expect({ ok: report.ok, code }, line).toEqual({ ok: true, code: 0 });
  await expectNothingRunning({ port: report.server.port });
}

/** Expects that the app starts, that its server responds, that the app exits with 0, and that no process remains. */
export async function expectGoodRun(executable: string): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'cachibot-smoke-run-'));
  const log = join(data, 'profile', 'logs', 'main.log');
  const quit = new AbortController();
  const { env, switches } = machine();
  const exited = runElectron({ electron: executable, switches, args: ['--data', data], env, signal: quit.signal });
  const exitedEarly = exited.then(code => Promise.reject(new Error(`The app exited with code ${code}: ${read(log)}`)));
  exitedEarly.catch(() => {}); // rejects at every exit, also at the expected one
  try {
    const port = await Promise.race([portIn(log), exitedEarly]);
    // `http-get:`, because the server does not support HEAD. No proxy, because the server is on this machine.
    const health = [`http-get://127.0.0.1:${port}/api/health`];
    await Promise.race([waitOn({ resources: health, timeout: READY_MS, proxy: false }), exitedEarly]);
    quit.abort();
    expect(await exited, read(log)).toBe(0);
    await expectNothingRunning({ port, word: data });
  } finally {
    quit.abort();
    await exited;
    await removeFolder(data);
  }
}

/** Environment and switches for this machine. Call it when the screen of the test file is open. */
function machine() {
  const { env } = process;
  return { env, switches: switchesForMachine({ args: [], env, say: console.log }) };
}

/** Waits for the port in the app's log. */
async function portIn(log: string): Promise<number> {
  const limit = Date.now() + PORT_MS;
  while (Date.now() < limit) {
    const port = /; port (\d+)/.exec(read(log))?.[1];
    if (port !== undefined) return Number(port);
    await pause(50);
  }
  throw new Error(`The app wrote no port into ${log} in ${PORT_MS / 1000} s.`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // not written yet
  }
}
