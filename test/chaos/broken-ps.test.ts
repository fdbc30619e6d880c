/** A machine without `ps`, or with one that never ends, while a server has to be killed. */

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, expectAlive } from '../drivers/effects';
import { canConnect } from '../drivers/gone';
import { until } from '../drivers/poll';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

const GRANDCHILD_PORT = 5999;

/** @param lay puts programs into a folder, and returns the PATH that the app gets */
function withPath(name: string, what: string, lay: (folder: string, path: string) => string): Scenario {
  return {
    name,
    server: 'scripted',
    phase: 'ready',
    fault: `${what}, and a server with a grandchild has to be killed`,
    expected: 'it is, with its grandchild; the app quits with 0',
    setUp(run) {
      run.behave('stubborn,grandchild');
      const folder = join(run.folder, 'bin');
      mkdirSync(folder);
      const PATH = lay(folder, run.env['PATH'] ?? '');
      Object.assign(run.env, { SCRIPTED_GRANDCHILD_PORT: String(GRANDCHILD_PORT), PATH });
    },
    inject: run => quit(run, what),
    async see(run) {
      const exit = await cleanExit(run);
      await until('the end of the grandchild', async () => !(await canConnect(GRANDCHILD_PORT)));
      return `${exit}; server and grandchild are gone`;
    },
  };
}

async function quit(run: AppRun, what: string): Promise<string> {
  await until('the grandchild', () => canConnect(GRANDCHILD_PORT));
  const server = await run.process('server');
  process.kill((await run.process('shell')).pid, 'SIGTERM');
  await run.untilState('stopping');
  process.kill(server.pid, 'SIGTERM');
  await pause(500);
  return `${what}; ${expectAlive(server)} after it was asked, and its grandchild answers`;
}

defineScenarios([
  withPath('no-ps', 'there is no `ps`', folder => {
    symlinkSync(process.execPath, join(folder, 'node'));
    return folder;
  }),
  withPath('ps-hangs', '`ps` never ends', (folder, path) => {
    writeFileSync(join(folder, 'ps'), '#!/bin/sh\nexec sleep 60\n');
    chmodSync(join(folder, 'ps'), 0o755);
    return [folder, path].join(delimiter);
  }),
]);
