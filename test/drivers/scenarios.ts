/** Scenarios, each of which does one thing to a packed app and says what must follow. */

import { setTimeout as pause } from 'node:timers/promises';
import { inject, it } from 'vitest';
import { switchesForMachine } from '../../scripts/run-electron.mjs';
import { AppRun } from './app-run';
import { dataOf, seedData } from './data';
import { typeText } from './effects';
import { given } from './given';
import { leftovers } from './leftovers';
import { bringTo, type Phase, UI } from './phases';
import { until } from './poll';

/** One fault in one phase. `inject` and `see` return in a few words what was observed, and throw when it was not. */
export interface Scenario {
  name: string;
  server: 'scripted' | 'real';
  /** The app is brought there first. */
  phase: Phase;
  fault: string;
  expected: string;
  /** The user id that the app runs as, if not root. */
  user?: number;
  /** Whether text is typed on the way to the phase. */
  typed?: boolean;
  /** For the whole of it. */
  limitMs?: number;
  /** Before anything runs. */
  setUp?: (run: AppRun) => unknown;
  /** Makes the fault happen, and returns the evidence that it did. */
  inject: (run: AppRun) => Promise<string>;
  /** Waits for the effect. */
  see: (run: AppRun) => Promise<string>;
}

interface Outcome {
  evidence: string;
  seen: string;
  leftovers: string[];
  error?: Error;
}

const LIMIT_MS = 180_000;
/** For ending by force whatever a scenario has left. */
const CLOSE_MS = 60_000;

/** Registers a test for each scenario; what it saw becomes a row of the table that `npm run chaos` prints. */
export function defineScenarios(scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    const { name, server, phase, fault, expected, limitMs = LIMIT_MS } = scenario;
    it(name, { timeout: limitMs + CLOSE_MS }, async ({ task }) => {
      const started = performance.now();
      const { error, ...outcome } = await runScenario(scenario, limitMs);
      const ms = Math.round(performance.now() - started);
      task.meta.row = { name, server, phase, fault, expected, ...outcome, ms };
      if (error) throw new Error(`${outcome.evidence}\n${outcome.seen}`, { cause: error });
    });
  }
}

/** Runs a scenario from its start to the proof that nothing is left of it. */
async function runScenario(scenario: Scenario, limitMs: number): Promise<Outcome> {
  const { server, user } = scenario;
  const { env } = process;
  const run = new AppRun({
    server,
    app: inject('chaos')[server],
    env,
    switches: switchesForMachine({ args: [], env, say: () => {} }),
    python: given('CACHIBOT_TEST_PYTHON'),
    user,
  });
  const outcome: Outcome = { evidence: 'not injected', seen: 'nothing', leftovers: [] };
  try {
    await within(limitMs, () => play(scenario, run, outcome));
  } catch (error) {
    outcome.error = error instanceof Error ? error : new Error(String(error));
    outcome.seen = `${outcome.seen === 'nothing' ? '' : `${outcome.seen}; `}${outcome.error.message}`;
    if (outcome.leftovers.length === 0) outcome.seen += ` [states: ${run.lastStates().map(describe).join(' → ')}]`;
    if (run.states().length === 0) outcome.seen += ` [the app said: ${run.output().slice(-1_000)}]`;
  } finally {
    await run.close();
  }
  return outcome;
}

async function play(scenario: Scenario, run: AppRun, outcome: Outcome): Promise<void> {
  const isReal = scenario.server === 'real';
  if (isReal) seedData(run, run.python);
  await scenario.setUp?.(run);
  const release = await bringTo(run, scenario.phase, scenario.typed ? () => typeText(run) : undefined);
  release();
  outcome.evidence = await scenario.inject(run);
  outcome.seen = await scenario.see(run);
  const notes = await quit(run);
  outcome.leftovers = await leftovers(run);
  if (outcome.leftovers.length > 0) throw new Error(`Left over: ${outcome.leftovers.join(', ')}`);
  outcome.seen = [outcome.seen, ...notes, ...(isReal ? [dataOf(run.home, run.python)] : [])].join('; ');
}

/**
 * Quits as a user does, from wherever the scenario has led. After a sudden end of the shell the next start must be as
 * good as any other, and clear what that end could not.
 */
async function quit(run: AppRun): Promise<string[]> {
  run.allow('bind', 'ready', 'leave');
  const notes = [];
  if (run.processes('shell').length === 0 && (await run.exit()).signal !== null) {
    run.behave('healthy');
    run.start();
    await run.untilShown(UI);
    await until('ready again', () => run.phase() === 'ready', { instead: () => run.lastStates() });
    notes.push('the next start is ready');
  }
  const exit = await run.quit();
  if (exit !== undefined && exit.code !== 0)
    throw new Error(`Quitting ended with ${exit.signal ?? `code ${exit.code}`}`);
  return notes;
}

const describe = (state: object) => JSON.stringify(state).slice(0, 300);

async function within(limitMs: number, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  try {
    const limit = pause(limitMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`It was not over after ${limitMs / 1000} s`);
    });
    limit.catch(() => {}); // the abort below
    await Promise.race([work(), limit]);
  } finally {
    over.abort();
  }
}
