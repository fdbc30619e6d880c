/** Effects that several scenarios expect. Each function returns a short description of what it saw, or throws. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from './app-run';
import { UI } from './phases';
import { until } from './poll';
import { isAlive, type Process } from './processes';
import { LOG, SCREEN } from './screen-words';
import { readOrEmpty } from './still-running';

export const ORIGIN = 'http://127.0.0.1:5870/';
const FAILURE_PAGE = 'app://shell/failure.html';
export const OVERLAY = 'app://shell/overlay.html';
const TYPED = 'not yet sent';
/**
 * Time a page needs to settle. The real interface rebuilds its tree once after loading, and there is no event for it; a
 * page that loses its server before that is reloaded.
 */
const SETTLE_MS = 3_000;
/** The preload script saves typed text twice a second. */
const SAVE_MS = 1_000;

/** The server is ready, the interface is shown, and the server answers its requests. */
export async function usable(run: AppRun): Promise<string> {
  await until('state ready', () => run.phase() === 'ready', {
    limitMs: 120_000,
    actual: () => (run.states().length > 0 ? run.lastStates() : `no log, but: ${run.output()}`),
  });
  return answered(run);
}

/** The interface is shown and the server answers its requests. Does not read the log. */
export async function answered(run: AppRun): Promise<string> {
  await run.untilShown(UI);
  const status = await until('a response to the page', () => statusOf(run).catch(() => false), {
    actual: () => statusOf(run).catch(String),
  });
  return `the page is shown and answered (${status})`;
}

async function statusOf(run: AppRun): Promise<number> {
  const path = '/api/desktop/activity';
  const request = (url: string) => fetch(url).then(({ status }) => status);
  const status = await run.onPage(ORIGIN, page => page.evaluate(request, path));
  if (status !== 200) throw new Error(`${path} responded with ${status}.`);
  return status;
}

/** Makes the page send a request, and ignores its result. */
export function requestIgnoringAnswer(run: AppRun, path: string): Promise<void> {
  return run.onPage(ORIGIN, page => page.evaluate(url => void fetch(url).catch(() => {}), path));
}

/** The server, and the time at which the page was loaded (`performance.timeOrigin`). */
interface PageState {
  server: Process;
  load: number;
}

export async function readPageState(run: AppRun): Promise<PageState> {
  const load = await run.onPage(ORIGIN, page => page.evaluate(() => performance.timeOrigin));
  return { server: await run.process('server'), load };
}

/** Stores one fact for each run, such as a process that existed before the fault. */
export class PerRun<Fact> {
  readonly #facts = new WeakMap<AppRun, Fact>();

  set(run: AppRun, fact: Fact): Fact {
    this.#facts.set(run, fact);
    return fact;
  }

  /** @throws Error when no fact was stored for the run */
  of(run: AppRun): Fact {
    const fact = this.#facts.get(run);
    if (fact === undefined) throw new Error('No fact was stored for this run.');
    return fact;
  }
}

const before = new PerRun<PageState>();

/** Stores server and page, to compare them after the fault. */
export async function rememberPage(run: AppRun): Promise<PageState> {
  if (run.phase() === 'ready') await pause(SETTLE_MS);
  return before.set(run, await readPageState(run));
}

/** Types text without sending it. */
export async function typeText(run: AppRun): Promise<void> {
  if (run.server === 'real') await pause(SETTLE_MS);
  await run.onPage(ORIGIN, page => page.locator(textFieldOf(run)).pressSequentially(TYPED));
  await pause(SAVE_MS);
}

export async function stillTyped(run: AppRun): Promise<string> {
  const read = () => run.onPage(ORIGIN, page => page.locator(textFieldOf(run)).inputValue({ timeout: 1_000 }));
  const isTyped = () =>
    read().then(
      text => text === TYPED,
      () => false,
    );
  await until('the typed text', isTyped, { actual: read });
  return 'the text is still there';
}

const textFieldOf = (run: AppRun) => (run.server === 'real' ? '#address' : '#box');

/** A new server has replaced the stored one behind the same page. */
export async function restarted(run: AppRun): Promise<string> {
  await until('a new server', () => run.states().some(({ again }) => again !== undefined), {
    actual: () => run.lastStates(),
  });
  await usable(run);
  return replaced(run);
}

/** A new server has replaced the stored one behind the same page. Does not read the log. */
export async function replaced(run: AppRun): Promise<string> {
  const old = before.of(run);
  const seen = await answered(run);
  const { server, load } = await readPageState(run);
  if (server.pid === old.server.pid) throw new Error(`The server is still ${server.pid}.`);
  await noOverlay(run);
  if (load !== old.load) expectPageGaveUp(run);
  const page = load === old.load ? 'the same page' : 'a page that had stopped retrying and was reloaded';
  return `server ${old.server.pid} became ${server.pid} behind ${page}; ${seen}`;
}

/** A page stops reconnecting to a server after half a minute; only then may it be reloaded. */
function expectPageGaveUp(run: AppRun): void {
  if (!LOG.pageGaveUp.test(readOrEmpty(run.logFile, 'utf8'))) throw new Error('The page was reloaded.');
}

export async function samePage(run: AppRun): Promise<string> {
  const { load } = await readPageState(run);
  if (load !== before.of(run).load) throw new Error('The page was reloaded.');
  return `the same page; ${await sameServer(run)}`;
}

export async function sameServer(run: AppRun, server: Process = before.of(run).server): Promise<string> {
  const now = await run.process('server');
  if (now.pid !== server.pid || now.startTicks !== server.startTicks)
    throw new Error(`Server ${server.pid} is now ${now.pid}.`);
  return 'the same server';
}

/** The overlay shows text that matches `words`. */
export async function overlay(run: AppRun, words: RegExp, options: { limitMs?: number } = {}): Promise<string> {
  const found = () =>
    run.pages().then(pages => pages.find(({ url, text }) => url.startsWith(OVERLAY) && words.test(text)));
  const { text } = await until(`an overlay with ${words}`, () => found().catch(() => undefined), {
    ...options,
    pauseMs: 100,
    actual: () => run.pages(),
  });
  return `overlay “${firstLine(text)}”`;
}

export async function noOverlay(run: AppRun): Promise<void> {
  await until(
    'the page without an overlay',
    () => run.pages().then(pages => !pages.some(({ url }) => url.startsWith(OVERLAY))),
    { pauseMs: 100, actual: () => run.pages() },
  );
}

/** The failure page shows text that matches `words`, and has a Try again button. */
export async function failurePage(run: AppRun, words: RegExp): Promise<string> {
  const { text } = await run.untilShown(words);
  if (!SCREEN.tryAgain.test(text)) throw new Error(`The page has no Try again button: ${text}`);
  return `“${firstLine(text)}”`;
}

/** Clicks Try again, and expects the app to become usable. */
export async function tryAgain(run: AppRun): Promise<string> {
  await clickTryAgain(run);
  return `Try again: ${await usable(run)}`;
}

export const clickTryAgain = (run: AppRun): Promise<void> => clickOnFailure(run, 'retry');

export const clickOnFailure = (run: AppRun, button: 'retry' | 'stop' | 'quit'): Promise<void> =>
  click(run, FAILURE_PAGE, `#${button}`);

export const clickOnOverlay = (run: AppRun, button: 'wait' | 'restart' | 'reload' | 'dismiss'): Promise<void> =>
  click(run, OVERLAY, `#${button}`);

/** Clicks a button of a page that may close before the click returns. */
function click(run: AppRun, address: string, button: string): Promise<void> {
  return run.onPage(address, page =>
    page.evaluate(selector => {
      setTimeout(() => document.querySelector<HTMLElement>(selector)?.click());
    }, button),
  );
}

/** Every process of the run exits without being killed. */
export async function allExited(run: AppRun): Promise<string> {
  const started = performance.now();
  await until('the exit of all processes', () => run.processes().length === 0, {
    limitMs: 20_000,
    actual: () => run.processes().map(({ role, pid }) => `${role} ${pid}`),
  });
  return `all exited after ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** The app exits with code 0. */
export async function cleanExit(run: AppRun): Promise<string> {
  const { code, signal } = await run.exit();
  if (code !== 0) throw new Error(`The app exited with ${signal ?? `code ${code}`}.`);
  return 'quit with 0';
}

/** The port in the server's command line. */
export async function portOf(run: AppRun): Promise<number> {
  const { args } = await run.process('server');
  return Number(args[args.indexOf('--port') + 1]);
}

export function expectAlive(known: Process): string {
  if (!isAlive(known)) throw new Error(`The ${known.role} ${known.pid} has exited.`);
  return `${known.role} ${known.pid} is running`;
}

/** Waits until a process has exited. */
export async function exited(known: Process, limitMs?: number): Promise<string> {
  await until(
    `the exit of ${known.role} ${known.pid}`,
    () => !isAlive(known),
    limitMs === undefined ? {} : { limitMs },
  );
  return `${known.role} ${known.pid} has exited`;
}

const firstLine = (text: string) => text.split('\n')[0];
