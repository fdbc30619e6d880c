import type { AppRun } from './app-run';
import { until } from './poll';
import { SCREEN } from './screen-words';

/**
 * When a fault comes. `before`: nothing runs yet. `splash`: the server has not proved itself. `painted`: the page is
 * shown, the server is not ready.
 */
export type Phase = 'before' | 'splash' | 'painted' | 'ready' | 'stopping' | 'restarting';

/** What the app shows when all is well. */
export const UI = /Hello from the scripted server|CachiBot Setup/;
const EARLY_UI = /Hello from the scripted server|WAITING FOR SERVER/i;
/** On a machine that is busy. */
const START_MS = 90_000;

/**
 * Starts the app and brings it to a phase, in which the scripted server stays. The real one can be held on its splash
 * only. Returns a function that lets the server continue where the system holds it.
 * @param onceReady what is done on the way to a phase after `ready`
 */
export async function bringTo(run: AppRun, phase: Phase, onceReady?: () => Promise<unknown>): Promise<() => void> {
  let release = () => {};
  switch (phase) {
    case 'before':
      break;
    case 'splash':
      release = await bringToSplash(run);
      break;
    case 'painted':
      run.hold('ready');
      run.start();
      await run.untilState('starting');
      await run.untilShown(EARLY_UI);
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
    throw new Error(`The fault is for the phase ${phase}; the app is in the phase ${now}.`);
  return release;
}

async function bringToSplash(run: AppRun): Promise<() => void> {
  run.hold('bind');
  run.start();
  const { pid } = await run.process('server');
  // The real server obeys no orders: the system holds it until the fault comes.
  if (run.server === 'real') process.kill(pid, 'SIGSTOP');
  await run.untilState('starting');
  if (run.server === 'real') return () => process.kill(pid, 'SIGCONT');
  await run.untilShown(SCREEN.starting);
  return () => {};
}

async function stop(run: AppRun): Promise<void> {
  run.hold('leave');
  process.kill((await run.process('shell')).pid, 'SIGTERM');
  await run.untilState('stopping');
}

async function loseServer(run: AppRun): Promise<void> {
  const { pid } = await run.process('server');
  run.hold('bind');
  process.kill(pid, 'SIGKILL');
  await run.untilState('restarting');
  // The pause before the next start is short: hold that start.
  await until('the next server', () => run.processes('server').some(next => next.pid !== pid));
  await until('the next start', () => run.states().at(-1)?.phase === 'starting');
}
