/**
 * The packed app that was built last, or the installed one that `npm run smoke -- PROGRAM` names, started as a user
 * would start it. Runs on all systems.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import waitOn from 'wait-on';
import { PROGRAM } from '../../scripts/backend/freeze.mjs';
import { newestApp } from '../../scripts/dist/unpacked-app.mjs';
import { runElectron, switchesForMachine } from '../../scripts/run-electron.mjs';
import { interpreter } from '../../scripts/setup/python.mjs';
import { runChild } from '../../scripts/testing/child.mjs';
import { expectGone } from '../drivers/gone';

const root = join(__dirname, '..', '..');
const installed = process.env['CACHIBOT_TEST_PROGRAM'];
const executable = installed ?? newestApp(root).executable;
const READY_MS = 120_000;
const PORT_MS = 60_000;

// An installed app is tried where no clone has built it.
if (installed === undefined)
  it('has a server that passes the smoke test of the freeze', async () => {
    const server = join(newestApp(root).resources, 'backend', PROGRAM);
    const args = [join(root, 'scripts', 'backend', 'smoke.py'), server];
    const { code, output } = await runChild(interpreter(root, 'python'), args, { cwd: root, quiet: true });
    expect(code, output).toBe(0);
  });

it('starts with --smoke, prints a good report, and leaves no server', async () => {
  const { env, switches } = machine();
  const { code, output } = await runChild(executable, [...switches, '--smoke'], { cwd: tmpdir(), env, quiet: true });
  const line = output.split('\n').find(text => text.startsWith('{'));
  expect(line, output).toBeDefined();
  const report = JSON.parse(line ?? '');
  expect({ ok: report.ok, code }, line).toEqual({ ok: true, code: 0 });
  await expectGone({ port: report.server.port });
});

it('starts, answers, quits with 0, and leaves nothing', async () => {
  const data = mkdtempSync(join(tmpdir(), 'cachibot-smoke-run-'));
  const log = join(data, 'profile', 'logs', 'main.log');
  const quit = new AbortController();
  const { env, switches } = machine();
  const exited = runElectron({ electron: executable, switches, args: ['--data', data], env, signal: quit.signal });
  const exitedEarly = exited.then(code => Promise.reject(new Error(`The app exited with code ${code}: ${read(log)}`)));
  exitedEarly.catch(() => {}); // also when it exits as it should
  try {
    const port = await Promise.race([portIn(log), exitedEarly]);
    // `http-get:`, because the server has no HEAD; no proxy, whatever the environment says: it is this machine.
    const health = [`http-get://127.0.0.1:${port}/api/health`];
    await Promise.race([waitOn({ resources: health, timeout: READY_MS, proxy: false }), exitedEarly]);
    quit.abort();
    expect(await exited, read(log)).toBe(0);
    await expectGone({ port, word: data });
  } finally {
    quit.abort();
    await exited;
    rmSync(data, { recursive: true, force: true });
  }
});

/** Once the screen of this file is there. */
function machine() {
  const { env } = process;
  return { env, switches: switchesForMachine({ args: [], env, say: console.log }) };
}

/** The port that the app chose, which it writes into its log. */
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
