/** SIGSTOP of the shell and of the processes of its window, and a machine that sleeps. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, Memory, rememberPage, samePage, sameServer, usable } from '../drivers/effects';
import { until } from '../drivers/poll';
import type { Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { neverSilent, resume, suspend } from '../drivers/suspend';

const START_LIMIT_SECONDS = 6;
/** Longer than a ready server may be silent by default. */
const SLEEP_MS = 24_000;

function whileStopping(role: 'renderer' | 'network'): Scenario {
  return {
    name: `stop-${role}-stopping`,
    server: 'scripted',
    phase: 'ready',
    fault: `SIGSTOP of the ${role} process, and the app is quit`,
    expected: 'the app quits all the same; what is still suspended then exits as soon as it is resumed',
    async inject(run) {
      const evidence = await suspend(run, role);
      process.kill((await run.process('shell')).pid, 'SIGTERM');
      return evidence;
    },
    async see(run) {
      const exit = await cleanExit(run);
      for (const { pid } of run.processes()) resume(pid);
      return exit;
    },
  };
}

function forFiveSeconds(role: 'renderer' | 'network'): Scenario {
  return {
    name: `stop-${role}-ready`,
    server: 'scripted',
    phase: 'ready',
    fault: `SIGSTOP of the ${role} process for five seconds`,
    expected: 'the same page continues',
    async inject(run) {
      await rememberPage(run);
      const evidence = await suspend(run, role);
      await pause(5_000);
      for (const { pid } of run.processes(role)) resume(pid);
      return `${evidence}, for 5 s`;
    },
    see: async run => `${await usable(run)}; ${await samePage(run)}; ${neverSilent(run)}`,
  };
}

/** Before there is a page. */
const servers = new Memory<Process>();

async function suspendWhileStarting(run: AppRun): Promise<string> {
  servers.set(run, await run.process('server'));
  const shell = await run.process('shell');
  const evidence = await suspend(run, 'shell');
  await pause((START_LIMIT_SECONDS + 2) * 1000);
  resume(shell.pid);
  await pause(1_000);
  run.allow('bind');
  return `${evidence}, for ${START_LIMIT_SECONDS + 2} s`;
}

defineScenarios([
  {
    name: 'sleep-ready',
    server: 'scripted',
    phase: 'ready',
    fault: `the machine sleeps: SIGSTOP of shell and server for ${SLEEP_MS / 1000} s; the server wakes last`,
    expected: 'no false alarm: no notice, the same server behind the same page',
    async inject(run) {
      const { server } = await rememberPage(run);
      const shell = await run.process('shell');
      const evidence = `${await suspend(run, 'server')}; ${await suspend(run, 'shell')}`;
      await pause(SLEEP_MS);
      resume(shell.pid);
      await pause(3_000);
      resume(server.pid);
      return `${evidence}, for ${SLEEP_MS / 1000} s`;
    },
    see: async run => `${await usable(run)}; ${await samePage(run)}; ${neverSilent(run)}`,
  },
  whileStopping('renderer'),
  whileStopping('network'),
  forFiveSeconds('renderer'),
  forFiveSeconds('network'),
  {
    name: 'stop-shell-splash',
    server: 'scripted',
    phase: 'splash',
    fault: `SIGSTOP of the shell while the server starts, for longer than the ${START_LIMIT_SECONDS} s it may be silent`,
    expected: 'no false alarm: the start continues',
    setUp: run => run.writeSettings({ startLimitSeconds: START_LIMIT_SECONDS }),
    inject: suspendWhileStarting,
    see: async run => `${await usable(run)}; ${await sameServer(run, servers.of(run))}`,
  },
  {
    name: 'stop-shell-stopping',
    server: 'scripted',
    phase: 'stopping',
    fault: 'SIGSTOP of the shell while it waits for the server to exit, which it does in the meantime',
    expected: 'the app quits with 0',
    async inject(run) {
      const shell = await run.process('shell');
      const evidence = await suspend(run, 'shell');
      run.allow('leave');
      await until('the end of the server', () => run.processes('server').length === 0);
      resume(shell.pid);
      return `${evidence}; the server exited in the meantime`;
    },
    see: cleanExit,
  },
]);
