/** SIGSTOP of the shell and of Chromium's processes, and a sleeping machine. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from '../drivers/app-run';
import { cleanExit, PerRun, rememberPage, samePage, sameServer, usable } from '../drivers/effects';
import { until } from '../drivers/poll';
import type { Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { neverReportedSilent, resume, suspend } from '../drivers/suspend';

const START_LIMIT_SECONDS = 6;
/** Longer than the default hang limit of 20 s. */
const SLEEP_MS = 24_000;

function whileStopping(role: 'renderer' | 'network'): Scenario {
  return {
    name: `suspend-${role}-stopping`,
    server: 'scripted',
    phase: 'ready',
    fault: `SIGSTOP of the ${role} process, and the app is quit`,
    expected: 'the app quits with 0; a process that is still suspended exits when it is resumed',
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
    name: `suspend-${role}-ready`,
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
    see: async run => `${await usable(run)}; ${await samePage(run)}; ${neverReportedSilent(run)}`,
  };
}

/** The server before the fault, when there is no page yet. */
const servers = new PerRun<Process>();

async function suspendWhileStarting(run: AppRun): Promise<string> {
  servers.set(run, await run.process('server'));
  const shell = await run.process('shell');
  const evidence = await suspend(run, 'shell');
  await pause((START_LIMIT_SECONDS + 2) * 1000);
  resume(shell.pid);
  await pause(1_000);
  run.unblock('bind');
  return `${evidence}, for ${START_LIMIT_SECONDS + 2} s`;
}

defineScenarios([
  {
    name: 'sleep-ready',
    server: 'scripted',
    phase: 'ready',
    fault: `the machine sleeps: SIGSTOP of shell and server for ${SLEEP_MS / 1000} s; the server is resumed last`,
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
    see: async run => `${await usable(run)}; ${await samePage(run)}; ${neverReportedSilent(run)}`,
  },
  whileStopping('renderer'),
  whileStopping('network'),
  forFiveSeconds('renderer'),
  forFiveSeconds('network'),
  {
    name: 'suspend-shell-splash',
    server: 'scripted',
    phase: 'splash',
    fault: `SIGSTOP of the shell while the server starts, for longer than the start limit of ${START_LIMIT_SECONDS} s`,
    expected: 'no false alarm: the start continues',
    setUp: run => run.writeSettings({ startLimitSeconds: START_LIMIT_SECONDS }),
    inject: suspendWhileStarting,
    see: async run => `${await usable(run)}; ${await sameServer(run, servers.of(run))}`,
  },
  {
    name: 'suspend-shell-stopping',
    server: 'scripted',
    phase: 'stopping',
    fault: 'SIGSTOP of the shell while it waits for the server, which exits meanwhile',
    expected: 'the app quits with 0',
    async inject(run) {
      const shell = await run.process('shell');
      const evidence = await suspend(run, 'shell');
      run.unblock('exit');
      await until('the exit of the server', () => run.processes('server').length === 0);
      resume(shell.pid);
      return `${evidence}; the server exited meanwhile`;
    },
    see: cleanExit,
  },
]);
