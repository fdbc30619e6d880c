// @ts-check
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { DEBUGGING_STDIO, DebuggingPipe } from './debugging-pipe.mjs';
import { cpuSeconds, ioBytes, isRunning, memoryBytes, processesOf } from './processes.mjs';
import { screenChange, screenDrawn } from './screen-watch.mjs';
import { usablePage } from './usable-page.mjs';

/** @typedef {import('./processes.mjs').RunningProcess} RunningProcess */
/** @typedef {import('./processes.mjs').Role} Role */
/** @typedef {import('node:child_process').ChildProcess} Child */

/**
 * A program, or two, that show a page.
 * @typedef {object} Design
 * @property {string} name
 * @property {string} home
 * @property {NodeJS.ProcessEnv} env
 * @property {string} address start of the page's address
 * @property {string} [account] expression for its page that creates an account
 * @property {boolean} [inBackground] it can run without a window, which a second launch shows
 * @property {(start: (command: string[]) => Child, args: string[]) => Promise<Child[]>} launch starts the programs; the
 *   first one has a debugging pipe, and gets the arguments
 */

/** @typedef {{ atMs: number, cores: Partial<Record<Role, number>> }} Sample processor use since the last sample */
/**
 * @typedef {object} Timeline milliseconds from the click
 * @property {number} shown the screen changed: a window is there, which may still be empty
 * @property {number | undefined} drawn the window has content: the splash, or a page; undefined if that was not seen
 * @property {number | undefined} server the server's process was seen
 * @property {number | undefined} loading the page was seen to load
 * @property {number} usable
 * @property {number} connected a message would be sent
 * @property {Sample[]} samples
 */

const SAMPLE_MS = 100;
/** A page takes keys before the screen shows it. */
const DRAWN_LIMIT_MS = 1_000;
const QUIT_LIMIT_MS = 60_000;
const QUIT_POLL_MS = 5;
/** Time after which the page and the server are at rest. */
export const REST_MS = 3_000;
const OBSERVED_MS = 12_000;
/** Shorter for a hidden window: if there is no tray, the app shows the window minimized 20 s after the start. */
export const OBSERVED_HIDDEN_MS = 6_000;

/** One start of a design, from the click until nothing of it is left. */
export class StartRun {
  /** @type {Child[]} */
  #children = [];
  /** @type {Design} */
  #design;
  /** @type {string[]} */
  #wrap;

  /**
   * @param {Design} design
   * @param {string[]} [wrap] a command to run the programs with, such as `taskset`
   */
  constructor(design, wrap = []) {
    this.#design = design;
    this.#wrap = wrap;
  }

  /**
   * Starts the design, and waits until the user can type into its page and send it.
   * @param {Design} design
   * @param {{ frames: string, wrap?: string[] }} options `frames`: folder of the screen's content
   */
  static async begin(design, { frames, wrap = [] }) {
    const run = new StartRun(design, wrap);
    try {
      return { run, ...(await run.#start(frames)) };
    } catch (error) {
      run.kill();
      throw error;
    }
  }

  /** @param {string} [word] see `processesOf` */
  processes(word) {
    return processesOf(
      this.#children.map(({ pid }) => pid ?? 0),
      word,
    );
  }

  /**
   * Starts the programs of the design.
   * @param {string[]} [args] for the first of them
   */
  async launch(args = []) {
    const { env, home } = this.#design;
    /** @param {string[]} command */
    const start = command => {
      const [program = '', ...rest] = [...this.#wrap, ...command];
      const child = spawn(program, rest, { cwd: home, env, stdio: [...DEBUGGING_STDIO] });
      child.on('error', () => {});
      this.#children.push(child);
      return child;
    };
    const [first] = await this.#design.launch(start, args);
    if (first === undefined) throw new Error(`${this.#design.name} started nothing.`);
    this.#children = [first, ...this.#children.filter(child => child !== first)];
    return { pipe: new DebuggingPipe(first), exited: new Promise(resolve => first.once('exit', resolve)) };
  }

  /** @param {string} frames */
  async #start(frames) {
    const { home, address } = this.#design;
    const end = new AbortController();
    const clickedAt = performance.now();
    const shown = screenChange(frames, end.signal);
    shown.catch(() => {}); // awaited below
    const drawn = screenDrawn(frames, end.signal).catch(() => undefined);
    const sampler = sampleProcessors(() => this.processes(), clickedAt);
    try {
      const { pipe } = await this.launch();
      const { usableAt, connectedAt, loadingAt, focusedItself, page } = await usablePage(pipe, address);
      const processes = this.processes(home);
      const cpuOf = cpuByRole(processes);
      const { read } = ioBytes(processes);
      const samples = sampler.stop();
      const since = (/** @type {number} */ at) => at - clickedAt;
      const shownMs = since(await shown);
      const drawnAt = await Promise.race([drawn, pause(DRAWN_LIMIT_MS, undefined)]);
      /** @type {Timeline} */
      const timeline = {
        shown: shownMs,
        drawn: drawnAt === undefined ? undefined : since(drawnAt),
        server: samples.find(({ cores }) => cores.server !== undefined)?.atMs,
        loading: loadingAt === undefined ? undefined : since(loadingAt),
        usable: since(usableAt),
        connected: since(connectedAt),
        samples,
      };
      return { timeline, cpuOf, read, focusedItself, page, pipe };
    } finally {
      sampler.stop();
      end.abort();
    }
  }

  /**
   * Observes the processes at rest.
   * @param {number} [observedMs]
   * @returns {Promise<{ pageCpu: number, serverWrites: number }>} the share of a processor that the pages use, and the
   *   bytes that the server writes per second
   */
  async rest(observedMs = OBSERVED_MS) {
    const before = this.processes(this.#design.home);
    const observe = () => ({
      pageCpu: cpuSeconds(before.filter(({ role }) => role === 'page')),
      serverWrites: ioBytes(before.filter(({ role }) => role === 'server')).written,
    });
    const [first, since] = [observe(), performance.now()];
    await pause(observedMs);
    const [last, seconds] = [observe(), (performance.now() - since) / 1000];
    return {
      // A process that has exited meanwhile has no processor time.
      pageCpu: Math.max(0, last.pageCpu - first.pageCpu) / seconds,
      serverWrites: (last.serverWrites - first.serverWrites) / seconds,
    };
  }

  /** Returns the memory of all processes and of the server, in bytes, at rest. */
  async memory() {
    await pause(REST_MS);
    const processes = this.processes(this.#design.home);
    return { all: memoryBytes(processes), server: memoryBytes(processes.filter(({ role }) => role === 'server')) };
  }

  /**
   * Requests an exit, as a system does at log-out.
   * @returns {Promise<number>} milliseconds until no process was left
   */
  async quit() {
    let left = this.processes(this.#design.home);
    const requestedAt = performance.now();
    for (const child of this.#children) child.kill('SIGTERM');
    while (performance.now() - requestedAt < QUIT_LIMIT_MS) {
      left = left.filter(isRunning);
      if (left.length === 0) {
        const tookMs = performance.now() - requestedAt;
        // A process that was started meanwhile.
        left = this.processes(this.#design.home);
        if (left.length === 0) return tookMs;
      }
      await pause(QUIT_POLL_MS);
    }
    this.kill();
    throw new Error(`${this.#design.name} did not quit: ${left.map(({ pid, role }) => `${role} ${pid}`).join(', ')}`);
  }

  /** Kills every process of this run. */
  kill() {
    for (const { pid } of this.processes(this.#design.home)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has just exited.
      }
    }
  }
}

/**
 * Returns the processor time of each role, in seconds.
 * @param {readonly RunningProcess[]} processes
 */
function cpuByRole(processes) {
  /** @type {Partial<Record<Role, number>>} */
  const seconds = {};
  for (const one of processes) seconds[one.role] = (seconds[one.role] ?? 0) + cpuSeconds([one]);
  return seconds;
}

/**
 * Samples the processor use of each role until it is stopped.
 * @param {() => RunningProcess[]} processes
 * @param {number} since
 */
function sampleProcessors(processes, since) {
  /** @type {Sample[]} */
  const samples = [];
  /** @type {Map<number, number>} */
  let before = new Map();
  let beforeAt = since;
  const timer = setInterval(() => {
    const at = performance.now();
    /** @type {Partial<Record<Role, number>>} */
    const cores = {};
    const now = new Map();
    for (const one of processes()) {
      const seconds = cpuSeconds([one]);
      now.set(one.pid, seconds);
      const used = Math.max(0, seconds - (before.get(one.pid) ?? 0)) / ((at - beforeAt) / 1000);
      cores[one.role] = (cores[one.role] ?? 0) + used;
    }
    samples.push({ atMs: at - since, cores });
    [before, beforeAt] = [now, at];
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return samples;
    },
  };
}
