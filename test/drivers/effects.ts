/** Effects that scenarios of several subjects expect. Each returns in a few words what it saw, and throws otherwise. */

import { setTimeout as pause } from 'node:timers/promises';
import type { AppRun } from './app-run';
import { readOrEmpty } from './gone';
import { UI } from './phases';
import { until } from './poll';
import { isAlive, type Process } from './processes';
import { LOG, SCREEN } from './screen-words';

export const ORIGIN = 'http://127.0.0.1:5870/';
const FAILURE_PAGE = 'app://shell/failure.html';
const OVERLAY = 'app://shell/overlay.html';
const TYPED = 'not yet sent';
/**
 * How long a page takes to settle. The real interface builds its tree again once after it has loaded, and there is no
 * event for it; a page that loses its server sooner is reloaded.
 */
const SETTLE_MS = 3_000;
/** The shell reads what was typed twice a second. */
const NOTED_MS = 1_000;

/** The interface is shown, and a server that is ready answers its requests. */
export async function usable(run: AppRun): Promise<string> {
  await until('state ready', () => run.phase() === 'ready', {
    limitMs: 120_000,
    instead: () => (run.states().length > 0 ? run.lastStates() : `no log, but: ${run.output()}`),
  });
  return answered(run);
}

/** The same, whatever the log says, or where there is no log. */
export async function answered(run: AppRun): Promise<string> {
  await run.untilShown(UI);
  const status = await until('an answer to the page', () => statusOf(run).catch(() => false), {
    instead: () => statusOf(run).catch(String),
  });
  return `the page is shown and answered (${status})`;
}

async function statusOf(run: AppRun): Promise<number> {
  const path = '/api/desktop/activity';
  const request = (url: string) => fetch(url).then(({ status }) => status);
  const status = await run.onPage(ORIGIN, page => page.evaluate(request, path));
  if (status !== 200) throw new Error(`${path} is answered with ${status}.`);
  return status;
}

/** Makes the page send a request that its server does not answer. */
export function requestInVain(run: AppRun, path: string): Promise<void> {
  return run.onPage(ORIGIN, page => page.evaluate(url => void fetch(url).catch(() => {}), path));
}

/** A server, and when the page was loaded. */
interface View {
  server: Process;
  load: number;
}

export async function lookAtPage(run: AppRun): Promise<View> {
  const load = await run.onPage(ORIGIN, page => page.evaluate(() => performance.timeOrigin));
  return { server: await run.process('server'), load };
}

/** What a test remembers of a run, such as what was there before the fault. */
export class Memory<Fact> {
  readonly #facts = new WeakMap<AppRun, Fact>();

  set(run: AppRun, fact: Fact): Fact {
    this.#facts.set(run, fact);
    return fact;
  }

  /** @throws Error when nothing was remembered. */
  of(run: AppRun): Fact {
    const fact = this.#facts.get(run);
    if (fact === undefined) throw new Error('Nothing was remembered of this run.');
    return fact;
  }
}

const before = new Memory<View>();

/** Remembers server and page for what is compared after the fault. */
export async function rememberPage(run: AppRun): Promise<View> {
  if (run.phase() === 'ready') await pause(SETTLE_MS);
  return before.set(run, await lookAtPage(run));
}

/** Types text and does not send it. */
export async function typeText(run: AppRun): Promise<void> {
  if (run.server === 'real') await pause(SETTLE_MS);
  await run.onPage(ORIGIN, page => page.locator(textFieldOf(run)).pressSequentially(TYPED));
  await pause(NOTED_MS);
}

export async function stillTyped(run: AppRun): Promise<string> {
  const read = () => run.onPage(ORIGIN, page => page.locator(textFieldOf(run)).inputValue({ timeout: 1_000 }));
  const isTyped = () =>
    read().then(
      text => text === TYPED,
      () => false,
    );
  await until('the text that was typed', isTyped, { instead: read });
  return 'the text is still there';
}

const textFieldOf = (run: AppRun) => (run.server === 'real' ? '#username' : '#box');

/** Another server has replaced the remembered one behind the same page. */
export async function restarted(run: AppRun): Promise<string> {
  await until('another server', () => run.states().some(({ again }) => again !== undefined), {
    instead: () => run.lastStates(),
  });
  await usable(run);
  return replaced(run);
}

/** The same, where there is no log. */
export async function replaced(run: AppRun): Promise<string> {
  const old = before.of(run);
  const seen = await answered(run);
  const { server, load } = await lookAtPage(run);
  if (server.pid === old.server.pid) throw new Error(`The server is still ${server.pid}.`);
  await noOverlay(run);
  if (load !== old.load) expectLongAlone(run);
  const page = load === old.load ? 'the same page' : 'a page that had given up and was reloaded';
  return `server ${old.server.pid} became ${server.pid} behind ${page}; ${seen}`;
}

/** A page gives up on a server after half a minute; only then may it be reloaded. */
function expectLongAlone(run: AppRun): void {
  if (!LOG.pageGaveUp.test(readOrEmpty(run.logFile, 'utf8'))) throw new Error('The page was reloaded.');
}

export async function samePage(run: AppRun): Promise<string> {
  const { load } = await lookAtPage(run);
  if (load !== before.of(run).load) throw new Error('The page was reloaded.');
  return `the same page; ${await sameServer(run)}`;
}

export async function sameServer(run: AppRun, server: Process = before.of(run).server): Promise<string> {
  const now = await run.process('server');
  if (now.pid !== server.pid || now.began !== server.began) throw new Error(`Server ${server.pid} is now ${now.pid}.`);
  return 'the same server';
}

/** The overlay shows these words. */
export async function overlay(run: AppRun, words: RegExp, options: { limitMs?: number } = {}): Promise<string> {
  const found = () =>
    run.pages().then(pages => pages.find(({ url, text }) => url.startsWith(OVERLAY) && words.test(text)));
  const { text } = await until(`an overlay with ${words}`, () => found().catch(() => undefined), {
    ...options,
    pauseMs: 100,
    instead: () => run.pages(),
  });
  return `overlay “${firstLine(text)}”`;
}

export async function noOverlay(run: AppRun): Promise<void> {
  await until(
    'the page without an overlay',
    () => run.pages().then(pages => !pages.some(({ url }) => url.startsWith(OVERLAY))),
    { pauseMs: 100, instead: () => run.pages() },
  );
}

/** The failure page shows these words. */
export async function failurePage(run: AppRun, words: RegExp): Promise<string> {
  const { text } = await run.untilShown(words);
  if (!SCREEN.tryAgain.test(text)) throw new Error(`The page offers no other try: ${text}`);
  return `“${firstLine(text)}”`;
}

/** Clicks Try again, which works. */
export async function tryAgain(run: AppRun): Promise<string> {
  await clickTryAgain(run);
  return `Try again: ${await usable(run)}`;
}

export const clickTryAgain = (run: AppRun): Promise<void> => clickOnFailure(run, 'retry');

export const clickOnFailure = (run: AppRun, button: 'retry' | 'stop' | 'quit'): Promise<void> =>
  click(run, FAILURE_PAGE, `#${button}`);

export const clickOnOverlay = (run: AppRun, button: 'wait' | 'restart' | 'reload' | 'dismiss'): Promise<void> =>
  click(run, OVERLAY, `#${button}`);

/** Clicks on a page that may be gone before the click returns. */
function click(run: AppRun, address: string, button: string): Promise<void> {
  return run.onPage(address, page =>
    page.evaluate(selector => {
      setTimeout(() => document.querySelector<HTMLElement>(selector)?.click());
    }, button),
  );
}

/** Every process of the run exits by itself. */
export async function allGone(run: AppRun): Promise<string> {
  const started = performance.now();
  await until('the end of all processes', () => run.processes().length === 0, {
    limitMs: 20_000,
    instead: () => run.processes().map(({ role, pid }) => `${role} ${pid}`),
  });
  return `all gone after ${((performance.now() - started) / 1000).toFixed(1)} s`;
}

/** The app exits with code 0. */
export async function cleanExit(run: AppRun): Promise<string> {
  const { code, signal } = await run.exit();
  if (code !== 0) throw new Error(`The app ended with ${signal ?? `code ${code}`}.`);
  return 'quit with 0';
}

/** The port that the server was given. */
export async function portOf(run: AppRun): Promise<number> {
  const { words } = await run.process('server');
  return Number(words[words.indexOf('--port') + 1]);
}

export function expectAlive(known: Process): string {
  if (!isAlive(known)) throw new Error(`The ${known.role} ${known.pid} is gone.`);
  return `${known.role} ${known.pid} lives`;
}

/** Waits until a process is gone. */
export async function exited(known: Process, limitMs?: number): Promise<string> {
  await until(`the end of ${known.role} ${known.pid}`, () => !isAlive(known), limitMs === undefined ? {} : { limitMs });
  return `${known.role} ${known.pid} is gone`;
}

const firstLine = (text: string) => text.split('\n')[0];
