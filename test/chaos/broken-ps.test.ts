/** A server must be killed on a machine where `ps` is missing or hangs. */

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, expectAlive } from '../drivers/effects';
import { until } from '../drivers/poll';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { canConnect } from '../drivers/still-running';

const GRANDCHILD_PORT = 5999;

/** @param createPath adds programs to a folder, and returns the app's PATH */
function withPath(name: string, problem: string, createPath: (folder: string, path: string) => string): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'ready',
    fault: `${problem}, and a server with a grandchild must be killed`,
    expected: 'both are killed; the app quits with 0',
    setUp(run) {
      run.setModes('stubborn,grandchild');
      const folder = join(run.folder, 'bin');
      mkdirSync(folder);
      const PATH = createPath(folder, run.env['PATH'] ?? '');
      Object.assign(run.env, { SCRIPTED_GRANDCHILD_PORT: String(GRANDCHILD_PORT), PATH });
    },
    inject: run => quit(run, problem),
    async see(run) {
      const exit = await cleanExit(run);
      await until('the exit of the grandchild', async () => !(await canConnect(GRANDCHILD_PORT)));
      return `${exit}; server and grandchild have exited`;
    },
  };
}

async function quit(run: AppRun, problem: string): Promise<string> {
  await until('the grandchild', () => canConnect(GRANDCHILD_PORT));
  const server = await run.process('server');
  process.kill((await run.process('shell')).pid, 'SIGTERM');
  await run.untilState('stopping');
  process.kill(server.pid, 'SIGTERM');
  await pause(500);
  return `${problem}; ${expectAlive(server)} after SIGTERM, and its grandchild accepts connections`;
}

defineScenarios([
  withPath('no-ps', 'there is no `ps`', folder => {
    symlinkSync(process.execPath, join(folder, 'node'));
    return folder;
  }),
  withPath('ps-hangs', '`ps` never exits', (folder, path) => {
    writeFileSync(join(folder, 'ps'), '#!/bin/sh\nexec sleep 60\n');
    chmodSync(join(folder, 'ps'), 0o755);
    return [folder, path].join(delimiter);
  }),
]);
