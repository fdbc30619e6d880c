/** Defines and runs scenarios: each injects one fault into a packed app and checks its effect. */

import { setTimeout as pause } from 'node:timers/promises';
import { inject, it } from 'vitest';
import { switchesForMachine } from '../../scripts/run-electron.mjs';
import { AppRun } from './app-run';
import { expectDataIntact, seedData } from './data';
import { typeText } from './effects';
import { leftovers } from './leftovers';
import { advanceTo, type Phase, UI } from './phases';
import { until } from './poll';
import { requiredEnv } from './required-env';

/** One fault in one phase. `inject` and `see` return a short description of what they observed, or throw. */
export interface Scenario {
  name: string;
  server: 'scripted' | 'real';
  /** The phase in which the fault is injected. */
  phase: Phase;
  fault: string;
  expected: string;
  /** User id that the app runs as; root by default. */
  user?: number;
  /** Whether text is typed into the page before the phase. */
  typed?: boolean;
  /** Time limit of the whole scenario. */
  limitMs?: number;
  /** Called before the app is started. */
  setUp?: (run: AppRun) => unknown;
  /** Injects the fault, and returns evidence that it happened. */
  inject: (run: AppRun) => Promise<string>;
  /** Waits for the expected effect. */
  see: (run: AppRun) => Promise<string>;
}

interface Outcome {
  evidence: string;
  seen: string;
  leftovers: string[];
  error?: Error;
}

const LIMIT_MS = 180_000;
/** Additional time for killing the processes that remain. */
const CLOSE_MS = 60_000;

/** Registers a test for each scenario. Its result is a row of the table that `npm run chaos` prints. */
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

/** Runs a scenario, and checks that nothing of it remains. */
async function runScenario(scenario: Scenario, limitMs: number): Promise<Outcome> {
  const { server, user } = scenario;
  const { env } = process;
  const run = new AppRun({
    server,
    app: inject('chaos')[server],
    env,
    switches: switchesForMachine({ args: [], env, say: () => {} }),
    python: requiredEnv('CACHIBOT_TEST_PYTHON'),
    user,
  });
  const outcome: Outcome = { evidence: 'not injected', seen: 'nothing', leftovers: [] };
  try {
    await within(limitMs, () => runSteps(scenario, run, outcome));
  } catch (error) {
    outcome.error = error instanceof Error ? error : new Error(String(error));
    outcome.seen = `${outcome.seen === 'nothing' ? '' : `${outcome.seen}; `}${outcome.error.message}`;
    if (outcome.leftovers.length === 0) outcome.seen += ` [states: ${run.lastStates().map(describe).join(' → ')}]`;
    if (run.states().length === 0) outcome.seen += ` [output of the app: ${run.output().slice(-1_000)}]`;
  } finally {
    await run.close();
  }
  return outcome;
}

async function runSteps(scenario: Scenario, run: AppRun, outcome: Outcome): Promise<void> {
  const isReal = scenario.server === 'real';
  if (isReal) seedData(run, run.python);
  await scenario.setUp?.(run);
  const release = await advanceTo(run, scenario.phase, scenario.typed ? () => typeText(run) : undefined);
  release();
  outcome.evidence = await scenario.inject(run);
  outcome.seen = await scenario.see(run);
  const notes = await quit(run);
  outcome.leftovers = await leftovers(run);
  if (outcome.leftovers.length > 0) throw new Error(`Remaining: ${outcome.leftovers.join(', ')}`);
  outcome.seen = [outcome.seen, ...notes, ...(isReal ? [expectDataIntact(run.home, run.python)] : [])].join('; ');
}

/**
 * Quits the app as a user does, in whatever phase it is. If the shell was killed, the app is first started again: this
 * start must succeed, and clean up what the killed shell left.
 */
async function quit(run: AppRun): Promise<string[]> {
  run.unblock('bind', 'ready', 'exit');
  const notes = [];
  if (run.processes('shell').length === 0 && (await run.exit()).signal !== null) {
    run.setModes('healthy');
    run.start();
    await run.untilShown(UI);
    await until('ready again', () => run.phase() === 'ready', { actual: () => run.lastStates() });
    notes.push('the next start is ready');
  }
  const exit = await run.quit();
  if (exit !== undefined && exit.code !== 0)
    throw new Error(`The app exited with ${exit.signal ?? `code ${exit.code}`}`);
  return notes;
}

const describe = (state: object) => JSON.stringify(state).slice(0, 300);

async function within(limitMs: number, work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  try {
    const limit = pause(limitMs, undefined, { signal: over.signal }).then(() => {
      throw new Error(`It was not finished after ${limitMs / 1000} s`);
    });
    limit.catch(() => {}); // rejects at the abort below
    await Promise.race([work(), limit]);
  } finally {
    over.abort();
  }
}
