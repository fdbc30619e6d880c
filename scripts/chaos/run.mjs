// @ts-check
// One row's app: a home of its own, its server, the orders it gets, and what can be seen of it from the outside.
import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shownPages, withPages } from './pages.mjs';
import { until } from './poll.mjs';
import { childrenOf, isAlive, look, processesOf } from './processes.mjs';

/** @typedef {import('./apps.mjs').UnpackedApp} UnpackedApp */
/** @typedef {import('./processes.mjs').Process} Process */
/** @typedef {import('./processes.mjs').Role} Role */
/** @typedef {ReturnType<typeof beginRun>} Run */

/**
 * When a fault comes. `before`: nothing runs yet. `splash`: the server has not proved itself. `painted`: the page is
 * shown, the server is not ready.
 * @typedef {'before' | 'splash' | 'painted' | 'ready' | 'stopping' | 'restarting'} Phase
 */

/** @typedef {{ phase: string, proved?: boolean, again?: { because: any, attempt: number }, failure?: any, because?: any, silence?: any }} State */
/** @typedef {{ code: number | null, signal: NodeJS.Signals | null }} End */

/** What the app shows when all is well. */
export const UI = /Hello from the scripted server|CachiBot Setup/;
const EARLY_UI = /Hello from the scripted server|WAITING FOR SERVER/i;
const QUIT_MS = 30_000;
/** On a machine that has much else to do. */
const START_MS = 90_000;

/** Those that are not over. @type {Set<{ close(): Promise<void> }>} */
const open = new Set();

/** For a sudden end of this process. */
export async function closeRuns() {
  for (const run of open) await run.close();
}

/**
 * @typedef {object} Setting
 * @property {'scripted' | 'real'} server
 * @property {UnpackedApp} app
 * @property {NodeJS.ProcessEnv} env
 * @property {string[]} switches
 * @property {string} python with the server's packages
 * @property {number} soakMs
 * @property {number | undefined} [user] whom the app runs as and the home belongs to, if not root
 */

/** @type {WeakMap<object, Setting>} */
const settings = new WeakMap();

/** One more app beside it, with a home of its own and perhaps another user. @param {Run} run @param {Partial<Setting>} change */
export function beginAnother(run, change) {
  const other = beginRun({ .../** @type {Setting} */ (settings.get(run)), ...change });
  run.after(other.close);
  return other;
}

/** @param {Setting} setting */
export function beginRun(setting) {
  const { server, app, env: machine, switches, python, soakMs, user } = setting;
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-chaos-'));
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  const orders = join(folder, 'orders');
  for (const made of [home, temporary, orders]) mkdirSync(made);
  if (user !== undefined) for (const own of [folder, home, temporary, orders]) chownSync(own, user, user);
  /** @type {(() => unknown)[]} */
  const undo = [];
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {Promise<End> | undefined} */
  let ended;
  let said = '';
  let letGo = () => {};

  const { DATABASE_URL: _, ...inherited } = machine;
  /** @type {NodeJS.ProcessEnv} */
  const env = {
    ...inherited,
    HOME: home,
    TMPDIR: temporary,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    SCRIPTED_DIARY: join(folder, 'diary'),
    SCRIPTED_ORDERS: orders,
    CACHIBOT_TELEMETRY_DISABLED: '1',
    // Root has none, and a machine that tests may not let others make one.
    ...(user === undefined ? {} : { CACHIBOT_DESKTOP_WITHOUT_SANDBOX: '1' }),
  };
  const logFile = join(home, 'profile', 'logs', 'main.log');
  const portFile = join(home, 'profile', 'DevToolsActivePort');

  const run = {
    folder,
    home,
    temporary,
    server,
    /** May be changed before the start. */
    app,
    env,
    logFile,
    python,
    soakMs,
    user,

    /** Whatever is to be undone when the row is over, last thing first. @param {() => unknown} step */
    after: step => void undo.push(step),

    /** @param {'bind' | 'ready' | 'leave'} step of the scripted server, which waits there */
    hold: step => writeFileSync(join(orders, step), ''),
    /** @param {'bind' | 'ready' | 'leave'} step */
    allow: step => rmSync(join(orders, step), { force: true }),
    /** How the scripted server behaves from its next start on. @param {string} modes */
    behave: modes => writeFileSync(join(orders, 'modes'), modes),
    /** What the scripted server wrote down. @returns {{ event: string, pid: number, [fact: string]: any }[]} */
    diary: () => lines(readOrEmpty(env['SCRIPTED_DIARY'] ?? '')).map(line => JSON.parse(line)),

    /**
     * Starts the app, by way of another program if one is named.
     * @param {{ through?: string[], args?: string[] }} [how]
     */
    start({ through = [], args = [] } = {}) {
      said = '';
      rmSync(portFile, { force: true });
      const as = user === undefined ? [] : ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
      const command = [...through, ...as, run.app.executable, ...switches, '--remote-debugging-port=0', '--data', home];
      const started = spawn(/** @type {string} */ (command[0]), [...command.slice(1), ...args], {
        env,
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [started.stdout, started.stderr])
        stream.setEncoding('utf8').on('data', text => (said = (said + text).slice(-200_000)));
      child = started;
      ended = new Promise((resolve, reject) => {
        started.once('error', reject);
        started.once('exit', (code, signal) => resolve({ code, signal }));
      });
      ended.catch(() => {}); // whoever waits for it hears of it
      return started;
    },

    /** A second app on the same home, run to its end. @param {string[]} [args] @returns {Promise<End & { said: string }>} */
    launchAgain(args = []) {
      return new Promise((resolve, reject) => {
        const second = spawn(run.app.executable, [...switches, '--data', home, ...args], { env, cwd: folder });
        let words = '';
        second.stdout.on('data', text => (words += text));
        second.stderr.on('data', text => (words += text));
        second.once('error', reject);
        second.once('close', (code, signal) => resolve({ code, signal, said: words }));
      });
    },

    /** How the started process ends. */
    end() {
      if (ended === undefined) throw new Error('Nothing was started.');
      return ended;
    },
    /** What the app wrote to its terminal. */
    said: () => said,

    /** Every state of the server that the log tells, oldest first. @returns {State[]} */
    states() {
      const told = lines(readOrEmpty(logFile)).flatMap(line => / server: (\{.*\})$/.exec(line)?.[1] ?? []);
      return told.map(text => JSON.parse(text));
    },
    /** @returns {Phase | 'failed' | 'stopped' | 'unknown'} */
    phase() {
      const state = run.states().at(-1);
      if (state === undefined) return 'unknown';
      if (state.again !== undefined) return 'restarting';
      if (state.phase === 'starting') return state.proved ? 'painted' : 'splash';
      return /** @type {Phase} */ (state.phase);
    },
    /** @param {string} phase @param {{ limitMs?: number, since?: number }} [options] `since`: how many states to leave out */
    untilState: (phase, { limitMs = 60_000, since = 0 } = {}) =>
      until(
        `state ${phase}`,
        () =>
          run
            .states()
            .slice(since)
            .find(state => state.phase === phase),
        {
          limitMs,
          pauseMs: 5,
          instead: () => run.states().slice(-3),
        },
      ),

    /** @param {Role} [role] @returns {Process[]} */
    processes: role => processesOf(home).filter(process => role === undefined || process.role === role),
    /** The one process with that role; waits for it. @param {Role} role @returns {Promise<Process>} */
    process: role => until(`a ${role} process`, () => atHand(role) ?? run.processes(role)[0], { pauseMs: 5 }),

    /** The pages there are now, with their text. */
    pages: async () => shownPages(await debuggingAddress()),
    /** @param {RegExp} words @param {{ limitMs?: number }} [options] */
    untilShown: (words, options = {}) =>
      until(
        `a page with ${words}`,
        async () => (await run.pages().catch(() => [])).find(({ text }) => words.test(text)),
        { ...options, pauseMs: 100, instead: () => run.pages().catch(String) },
      ),
    /** Uses the page whose address begins so. @template T @param {string} address @param {(page: import('./pages.mjs').Page) => Promise<T>} use */
    onPage: async (address, use) =>
      withPages(await debuggingAddress(), pages => {
        const page = pages.find(candidate => candidate.url().startsWith(address));
        if (page === undefined) throw new Error(`There is no page at ${address}.`);
        return use(page);
      }),

    reach,
    /** What was held on the way to the phase goes on. */
    goOn: () => letGo(),

    /** Quits as the system would ask for it, and waits. Returns how the app ended. */
    async quit() {
      const shells = run.processes('shell');
      for (const { pid } of shells) process.kill(pid, 'SIGTERM');
      await until('the end of the app', () => shells.every(shell => !isAlive(shell)), { limitMs: QUIT_MS });
      return child && child.pid !== undefined && shells.some(({ pid }) => pid === child?.pid) ? run.end() : undefined;
    },

    /** Undoes everything, by force; for when the row is judged. */
    async close() {
      open.delete(run);
      for (const step of undo.reverse()) await step();
      for (const left of processesOf(folder)) {
        if (look(left.pid)?.began === left.began) process.kill(left.pid, 'SIGKILL');
      }
      await until('the end of all that was started', () => processesOf(folder).length === 0);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  open.add(run);
  settings.set(run, setting);
  return run;

  /**
   * Starts the app and brings it to a phase, in which it stays with the scripted server.
   * @param {Phase} phase
   * @param {() => Promise<unknown>} [onceReady] what is done on the way there
   */
  async function reach(phase, onceReady) {
    if (phase === 'before') return;
    if (phase === 'splash') run.hold('bind');
    if (phase === 'painted') run.hold('ready');
    run.start();
    if (phase === 'splash') {
      const found = await run.process('server');
      // The real one knows no orders: it is held as the system holds processes, until the fault comes.
      if (server === 'real') {
        process.kill(found.pid, 'SIGSTOP');
        letGo = () => process.kill(found.pid, 'SIGCONT');
      }
      await run.untilState('starting');
      if (server === 'scripted') await run.untilShown(/Starting CachiBot/);
      return;
    }
    if (phase === 'painted') {
      await run.untilState('starting');
      await run.untilShown(EARLY_UI);
      return;
    }
    await run.untilState('ready', { limitMs: START_MS });
    await run.untilShown(UI);
    await onceReady?.();
    if (phase === 'stopping') {
      run.hold('leave');
      process.kill((await run.process('shell')).pid, 'SIGTERM');
      await run.untilState('stopping');
    }
    if (phase === 'restarting') {
      const { pid } = await run.process('server');
      run.hold('bind');
      process.kill(pid, 'SIGKILL');
      await run.untilState('restarting');
      // The pause before the next start is short: from here on it is that start, which is held.
      await until('the next server', () => run.processes('server').some(next => next.pid !== pid));
      await until('the next start', () => run.states().at(-1)?.phase === 'starting');
    }
  }

  /** Shell and server without a look at all of the machine's processes. @param {Role} role */
  function atHand(role) {
    const shell = child?.pid === undefined ? undefined : look(child.pid);
    if (shell === undefined || shell.state === 'Z') return undefined;
    const near = role === 'server' ? childrenOf(shell.pid) : [shell];
    return near.find(process => process.role === role && process.state !== 'Z');
  }

  /** Of the app that began last. One that began itself anew tells it in its profile only. */
  function debuggingAddress() {
    return until('the debugging port', () => {
      const [port, path] = lines(readOrEmpty(portFile));
      return path ? `ws://127.0.0.1:${port}${path}` : /DevTools listening on (\S+)/.exec(said)?.[1];
    });
  }
}

/** @param {string} text */
function lines(text) {
  return text.split('\n').filter(line => line !== '');
}

/** @param {string} file */
function readOrEmpty(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
