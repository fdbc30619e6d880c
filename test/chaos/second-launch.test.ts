/** The app is started twice: while it starts, runs or quits, both at once, and by another user. */

import type { AppRun } from '../drivers/app-run';
import { cleanExit, PerRun, portOf, sameServer, usable } from '../drivers/effects';
import { PORT } from '../drivers/leftovers';
import type { Phase } from '../drivers/phases';
import { until } from '../drivers/poll';
import type { Process } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';
import { LOG } from '../drivers/screen-words';

/** No user of the machine has this id. */
const ANOTHER_USER = 54_321;

const servers = new PerRun<Process>();
const others = new PerRun<AppRun>();

function second(phase: Phase): Scenario {
  const first = phase === 'stopping' ? 'quits' : 'continues with its server';
  return {
    name: `second-launch-${phase}`,
    server: 'scripted',
    phase,
    fault: 'the app is started a second time',
    expected: `the second says that it is already running, and exits with 0; the first ${first}`,
    async inject(run) {
      servers.set(run, await run.process('server'));
      const { code, output } = await run.launchSecond(['some-argument']);
      if (code !== 0) throw new Error(`The second app exited with ${code}: ${output}`);
      if (!LOG.alreadyRunning.test(output)) throw new Error(`The second app printed: ${output}`);
      return 'the second app printed that it is already running, and exited with 0';
    },
    async see(run) {
      run.unblock('bind', 'ready', 'exit');
      if (phase === 'stopping') return cleanExit(run);
      return `${await usable(run)}; ${await sameServer(run, servers.of(run))}`;
    },
  };
}

defineScenarios([
  second('splash'),
  second('ready'),
  second('restarting'),
  second('stopping'),
  {
    name: 'two-at-once',
    server: 'scripted',
    phase: 'before',
    fault: 'the app is started twice at the same moment',
    expected: 'one of the two continues, with one server; the other exits with 0',
    async inject(run) {
      const both = [run.start(), run.start()];
      const exited = await until('the exit of one of the two', () => both.find(({ exitCode }) => exitCode !== null));
      if (exited.exitCode !== 0) throw new Error(`It exited with ${exited.exitCode}.`);
      return `${both.map(({ pid }) => pid).join(' and ')} were started; ${exited.pid} exited with 0`;
    },
    async see(run) {
      const seen = await usable(run);
      const servers = run.processes('server');
      if (servers.length !== 1) throw new Error(`There are ${servers.length} servers.`);
      return `${seen}; one server`;
    },
  },
  {
    name: 'two-users',
    server: 'real',
    phase: 'ready',
    limitMs: 240_000,
    fault: 'another user of the machine starts the app, too',
    expected: 'both continue in parallel, each with its own server and its own data',
    async inject(run) {
      const other = others.set(run, run.another({ user: ANOTHER_USER }));
      other.start();
      const shell = await other.process('shell');
      return `shell ${shell.pid} was started as user ${ANOTHER_USER}`;
    },
    async see(run) {
      const other = others.of(run);
      const seen = await usable(other);
      const [port, otherPort] = [await portOf(run), await portOf(other)];
      if (port !== PORT || otherPort === PORT) throw new Error(`Their ports are ${port} and ${otherPort}.`);
      await usable(run);
      const exit = await other.quit();
      if (exit?.code !== 0) throw new Error(`The other user’s app exited with ${exit?.signal ?? exit?.code}.`);
      return `ports ${port} and ${otherPort}; the other: ${seen}, quit with 0; ${await usable(run)}`;
    },
  },
]);
