// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { UserError } from '../setup/user-error.mjs';

/**
 * The state of the machine in which starts are measured.
 * @typedef {object} Condition
 * @property {string} title
 * @property {boolean} [oneCore]
 * @property {boolean} [cold] the page cache has none of the files
 * @property {boolean} [busy] two other programs use a processor each
 */

/** @type {Readonly<Record<string, Condition>>} */
export const CONDITIONS = {
  quiet: { title: `${cpus().length} cores, files in the page cache` },
  busy: { title: `${cpus().length} cores, two busy programs beside it`, busy: true },
  'one-core': { title: 'one core, files in the page cache', oneCore: true },
  cold: { title: `${cpus().length} cores, files not in the page cache`, cold: true },
};

const BUSY_PROGRAMS = 2;
/** A start on the last core leaves the first to the benchmark itself. */
const ONE_CORE = ['taskset', '--cpu-list', String(cpus().length - 1)];

/**
 * Returns the conditions with these names, separated by commas; `all` stands for each of them.
 * @param {string} names
 */
export function conditionsOf(names) {
  const wanted = names === 'all' ? Object.keys(CONDITIONS) : names.split(',');
  return wanted.map(name => {
    const condition = CONDITIONS[name];
    if (condition === undefined)
      throw new UserError(`There is no condition ${name}.`, `Conditions: ${Object.keys(CONDITIONS).join(', ')}, all`);
    return { name, condition };
  });
}

/**
 * Brings the machine into a condition.
 * @param {Condition} condition
 * @param {{ python: string, files: readonly string[] }} options `files`: folders and files that the starts read
 * @returns {{ wrap: string[], beforeStart: () => void, end: () => void }} `wrap`: command to run a program with
 */
export function bringAbout({ oneCore = false, cold = false, busy = false }, { python, files }) {
  const loops = Array.from({ length: busy ? BUSY_PROGRAMS : 0 }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  const script = fileURLToPath(new URL('page_cache.py', import.meta.url));
  return {
    wrap: oneCore ? ONE_CORE : [],
    beforeStart() {
      if (!cold) return;
      const { status, stderr } = spawnSync(python, [script, ...files], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`The page cache could not be dropped: ${stderr}`);
    },
    end() {
      for (const loop of loops) loop.kill('SIGKILL');
    },
  };
}
