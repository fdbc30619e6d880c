/** Brings an app to the phase in which a fault is injected. */

import type { AppRun } from './app-run';
import { until } from './poll';
import { SCREEN } from './screen-words';

/**
 * The phase in which a fault is injected. `before`: the app is not running. `splash`: the server has not proved its
 * identity. `painted`: it has, and is not ready; the page of the scripted server is shown, that of the real server is
 * painted behind the splash.
 */
export type Phase = 'before' | 'splash' | 'painted' | 'ready' | 'stopping' | 'restarting';

/** Text of the page when the server is ready. */
export const UI = /Hello from the scripted server|Welcome to CachiBot/;
/** Long enough for a start on a busy machine. */
const START_MS = 90_000;

/**
 * Starts the app, waits for a phase, and makes the scripted server stay in it. The real server can be made to stay in
 * `splash` only.
 * @param onceReady called when the app is ready, on the way to a later phase
 * @returns a function that resumes a real server suspended in `splash`
 */
export async function advanceTo(run: AppRun, phase: Phase, onceReady?: () => Promise<unknown>): Promise<() => void> {
  let release = () => {};
  switch (phase) {
    case 'before':
      break;
    case 'splash':
      release = await advanceToSplash(run);
      break;
    case 'painted':
      run.blockAt('ready');
      run.start();
      await run.untilState('starting');
      if (run.server === 'real') await until('a proved server', () => run.phase() === 'painted', { limitMs: START_MS });
      else await run.untilShown(UI);
      break;
    case 'ready':
    case 'stopping':
    case 'restarting':
      run.start();
      await run.untilState('ready', START_MS);
      await run.untilShown(UI);
      await onceReady?.();
      if (phase === 'stopping') await stop(run);
      if (phase === 'restarting') await loseServer(run);
  }
  const now = run.phase();
  if (phase !== 'before' && now !== phase)
    throw new Error(`The fault needs the phase ${phase}, but the app is in the phase ${now}.`);
  return release;
}

async function advanceToSplash(run: AppRun): Promise<() => void> {
  run.blockAt('bind');
  run.start();
  const { pid } = await run.process('server');
  // The real server cannot be blocked at a step, so it is suspended until the fault is injected.
  if (run.server === 'real') process.kill(pid, 'SIGSTOP');
  await run.untilState('starting');
  if (run.server === 'real') return () => process.kill(pid, 'SIGCONT');
  await run.untilShown(SCREEN.starting);
  return () => {};
}

async function stop(run: AppRun): Promise<void> {
  run.blockAt('exit');
  process.kill((await run.process('shell')).pid, 'SIGTERM');
  await run.untilState('stopping');
}

async function loseServer(run: AppRun): Promise<void> {
  const { pid } = await run.process('server');
  run.blockAt('bind');
  process.kill(pid, 'SIGKILL');
  await run.untilState('restarting');
  // The delay before the restart is short, so wait in the restarted server, which is blocked.
  await until('the next server', () => run.processes('server').some(next => next.pid !== pid));
  await until('the next start', () => run.states().at(-1)?.phase === 'starting');
}
