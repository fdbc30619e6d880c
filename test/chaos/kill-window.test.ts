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
import { isAlive, killAndWait, type Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { LOG, SCREEN } from '../drivers/screen-words';
import { readOrEmpty } from '../drivers/still-running';

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

/** Kills the GPU process again and again, until the app has relaunched itself. */
const killGpuRepeatedly: Scenario = {
  name: 'kill-gpu-repeatedly',
  server: 'scripted',
  phase: 'ready',
  fault: 'kill -9 of the GPU process, and of each that replaces it',
  expected: 'the app relaunches without hardware acceleration after the third, and says so',
  async inject(run) {
    const killed: string[] = [];
    for (let n = 0; n < 3; n++) {
      const gpu = await until('a GPU process', () => run.processes('gpu').find(isAlive) ?? false);
      killed.push(await killAndWait(gpu));
    }
    return killed.join('; ');
  },
  async see(run) {
    const log = () => readOrEmpty(run.logFile, 'utf8');
    await until('the relaunch', () => LOG.withoutAcceleration.test(log()), { actual: log });
    const seen = await usable(run);
    const notice = await overlay(run, SCREEN.graphicsOff);
    await clickOnOverlay(run, 'dismiss');
    await noOverlay(run);
    return `${seen}; ${notice}`;
  },
};

defineScenarios([
  killGpuRepeatedly,
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
