/** SIGKILL of Chromium's processes: the renderers in each phase, GPU and network process while a page is shown. */

import type { AppRun } from '../drivers/app-run';
import {
  cleanExit,
  clickOnOverlay,
  noOverlay,
  overlay,
  PerRun,
  sameServer,
  stillTyped,
  usable,
} from '../drivers/effects';
import type { Phase } from '../drivers/phases';
import { until } from '../drivers/poll';
import { killAndWait, type Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { SCREEN } from '../drivers/screen-words';

type Effect = Pick<Scenario, 'expected' | 'see'>;

/** The server before the fault. */
const servers = new PerRun<Process | undefined>();

async function continues(run: AppRun): Promise<string> {
  run.unblock('bind', 'ready');
  const server = servers.of(run);
  return [await usable(run), ...(server ? [await sameServer(run, server)] : [])].join('; ');
}

const quits: Effect = {
  expected: 'the app quits with 0',
  see(run) {
    run.unblock('exit');
    return cleanExit(run);
  },
};
const unaffected: Effect = {
  expected: 'the page becomes usable, with the same server',
  see: continues,
};
const redrawsSplash: Effect = {
  expected: 'the splash is drawn again; the start continues, with the same server',
  async see(run) {
    await run.untilShown(SCREEN.startingOrSlow);
    return `the splash is shown again; ${await continues(run)}`;
  },
};
const reloads: Effect & { typed: true } = {
  expected: 'the page is reloaded, an overlay says so, and typed text and server are kept',
  typed: true,
  async see(run) {
    run.unblock('bind', 'ready');
    const notice = await overlay(run, SCREEN.pageReloaded);
    await clickOnOverlay(run, 'dismiss');
    await noOverlay(run);
    const seen = `${notice}; ${await continues(run)}`;
    // The real server's first page has no message field, and passwords are not restored.
    return run.server === 'real' ? seen : `${seen}; ${await stillTyped(run)}`;
  },
};

type Role = 'renderer' | 'gpu' | 'network';

function kill(role: Role, phase: Phase, effect: Effect, server: 'scripted' | 'real' = 'scripted'): Scenario {
  return {
    name: `kill-${role}-${phase}${server === 'real' ? '-real' : ''}`,
    server,
    phase,
    fault: `kill -9 of ${role === 'renderer' ? 'every renderer' : `the ${role} process`}`,
    ...effect,
    async inject(run) {
      const targets = await until(`${role} processes`, () => {
        const found = run.processes(role);
        return found.length > 0 && found;
      });
      servers.set(run, run.processes('server')[0]);
      return (await Promise.all(targets.map(target => killAndWait(target)))).join('; ');
    },
  };
}

defineScenarios([
  kill('renderer', 'splash', redrawsSplash),
  kill('renderer', 'painted', unaffected),
  kill('renderer', 'ready', reloads),
  kill('renderer', 'stopping', quits),
  kill('renderer', 'restarting', reloads),
  kill('renderer', 'ready', reloads, 'real'),
  kill('gpu', 'ready', unaffected),
  kill('network', 'ready', unaffected),
  kill('network', 'ready', unaffected, 'real'),
]);
