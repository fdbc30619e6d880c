/** SIGKILL of the shell in each phase. */

import { allExited } from '../drivers/effects';
import type { Phase } from '../drivers/phases';
import { killAndWait } from '../drivers/processes';
import { defineScenarios, type Scenario } from '../drivers/scenarios';

function kill(phase: Phase, server: 'scripted' | 'real' = 'scripted'): Scenario {
  return {
    name: `kill-shell-${phase}${server === 'real' ? '-real' : ''}`,
    server,
    phase,
    fault: 'kill -9 of the shell',
    expected: 'everything it started exits at once; the next start succeeds',
    inject: async run => killAndWait(await run.process('shell')),
    see(run) {
      run.unblock('exit');
      return allExited(run);
    },
  };
}

defineScenarios([
  kill('splash'),
  kill('painted'),
  kill('ready'),
  kill('stopping'),
  kill('restarting'),
  kill('splash', 'real'),
  kill('painted', 'real'),
  kill('ready', 'real'),
]);
