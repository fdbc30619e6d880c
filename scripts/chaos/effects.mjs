// @ts-check
// What a person would notice, as rows of several subjects ask for it. Each says in a few words what it saw.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from './poll.mjs';
import { isAlive } from './processes.mjs';
import { UI } from './run.mjs';

/** @typedef {import('./run.mjs').Run} Run */
/** @typedef {import('./processes.mjs').Process} Process */
/** @typedef {{ server: Process, load: number }} Before a server, and when the page was loaded */

export const ORIGIN = 'http://127.0.0.1:5870/';
const FAILURE_PAGE = 'app://shell/failure.html';
const OVERLAY = 'app://shell/overlay.html';
const TYPED = 'not yet sent';
/**
 * Until a page has begun. The real interface builds its tree anew once after it has loaded, and tells nobody when; and a
 * page that loses its server sooner is loaded anew.
 */
const SETTLE_MS = 3_000;
/** The shell looks twice a second at what was typed. */
const NOTED_MS = 1_000;

/** The interface is there and is answered, the way it asks by itself, by a server that is ready. @param {Run} run */
export async function usable(run) {
  await until('state ready', () => run.phase() === 'ready', {
    limitMs: 120_000,
    instead: () => (run.states().length > 0 ? run.states().slice(-3) : `no log, but: ${run.said()}`),
  });
  return answered(run);
}

/** The same, whatever the log says, or where there is none. @param {Run} run */
export async function answered(run) {
  await run.untilShown(UI);
  const status = await until('an answer to the page', () => answerTo(run, '/api/desktop/activity').catch(() => false), {
    instead: () => answerTo(run, '/api/desktop/activity').catch(String),
  });
  return `the page is shown and answered (${status})`;
}

/** The status of an answer to the page, if it is a good one. @param {Run} run @param {string} path */
async function answerTo(run, path) {
  const ask = (/** @type {string} */ asked) => fetch(asked).then(({ status }) => status);
  const status = await run.onPage(ORIGIN, page => page.evaluate(ask, path));
  if (status !== 200) throw new Error(`${path} is answered with ${status}.`);
  return status;
}

/** Lets the page ask for something that its server will not answer. @param {Run} run @param {string} path */
export function askInVain(run, path) {
  return run.onPage(ORIGIN, page => page.evaluate(asked => void fetch(asked).catch(() => {}), path));
}

/** The server of now, and when the page was loaded. @param {Run} run @returns {Promise<Before>} */
export async function lookAtPage(run) {
  const load = await run.onPage(ORIGIN, page => page.evaluate(() => performance.timeOrigin));
  return { server: await run.process('server'), load };
}

/** How it was before the fault. @type {WeakMap<Run, Before>} */
const remembered = new WeakMap();

/** For what comes after the fault. @param {Run} run */
export async function rememberPage(run) {
  if (run.phase() === 'ready') await pause(SETTLE_MS);
  const before = await lookAtPage(run);
  remembered.set(run, before);
  return before;
}

/** @param {Run} run */
function before(run) {
  const known = remembered.get(run);
  if (known === undefined) throw new Error('Nobody remembered how it was before the fault.');
  return known;
}

/** A person types something and does not send it. @param {Run} run */
export async function type(run) {
  if (run.server === 'real') await pause(SETTLE_MS);
  await run.onPage(ORIGIN, page => page.locator(boxOf(run)).pressSequentially(TYPED));
  await pause(NOTED_MS);
}

/** @param {Run} run */
export async function stillTyped(run) {
  const ask = () => run.onPage(ORIGIN, page => page.locator(boxOf(run)).inputValue({ timeout: 1_000 }));
  await until(
    'the text that was typed',
    () =>
      ask().then(
        text => text === TYPED,
        () => false,
      ),
    { instead: ask },
  );
  return 'the text is still there';
}

/** @param {Run} run */
const boxOf = run => (run.server === 'real' ? '#username' : '#box');

/** Another server has taken the place of the one that was remembered, behind the same page. @param {Run} run */
export async function restarted(run) {
  await until('another server', () => run.states().some(({ again }) => again !== undefined), {
    instead: () => run.states().slice(-3),
  });
  await usable(run);
  return replaced(run);
}

/** The same, where there is no log to tell. @param {Run} run */
export async function replaced(run) {
  const { server: old, load: loaded } = before(run);
  const seen = await answered(run);
  const { server, load } = await lookAtPage(run);
  if (server.pid === old.pid) throw new Error(`The server is still ${server.pid}.`);
  await noOverlay(run);
  const behind = load === loaded ? 'the same page' : await loadedAnew(run);
  return `server ${old.pid} became ${server.pid} behind ${behind}; ${seen}`;
}

/** The page gives up on a server after half a minute, and is loaded anew then and only then. @param {Run} run */
async function loadedAnew(run) {
  const log = readFileSync(run.logFile, 'utf8');
  if (!/without its server for so long/.test(log)) throw new Error('The page was loaded anew.');
  return 'a page that had given up and was loaded anew';
}

/** @param {Run} run */
export async function samePage(run) {
  const { load } = await lookAtPage(run);
  if (load !== before(run).load) throw new Error('The page was loaded anew.');
  return `the same page; ${await sameServer(run)}`;
}

/** @param {Run} run @param {Process} [server] */
export async function sameServer(run, server = before(run).server) {
  const now = await run.process('server');
  if (now.pid !== server.pid || now.began !== server.began) throw new Error(`Server ${server.pid} is now ${now.pid}.`);
  return 'the same server';
}

/** What lies over the page says this. @param {Run} run @param {RegExp} words @param {{ limitMs?: number }} [options] */
export async function overlay(run, words, options = {}) {
  const found = () =>
    run.pages().then(pages => pages.find(({ url, text }) => url.startsWith(OVERLAY) && words.test(text)));
  const { text } = await until(`an overlay with ${words}`, () => found().catch(() => undefined), {
    ...options,
    pauseMs: 100,
    instead: () => run.pages(),
  });
  return `overlay “${text.split('\n')[0]}”`;
}

/** @param {Run} run */
export function noOverlay(run) {
  return until(
    'the page without an overlay',
    () => run.pages().then(pages => !pages.some(({ url }) => url.startsWith(OVERLAY))),
    { pauseMs: 100, instead: () => run.pages() },
  );
}

/** The failure page says this. @param {Run} run @param {RegExp} words @param {{ limitMs?: number }} [options] */
export async function failurePage(run, words, options = {}) {
  const { text } = await run.untilShown(words, options);
  if (!/Try again/.test(text)) throw new Error(`The page offers no way on: ${text}`);
  return `“${text.split('\n')[0]}”`;
}

/** A person clicks Try again, and it works. @param {Run} run */
export async function tryAgain(run) {
  await clickTryAgain(run);
  return `Try again: ${await usable(run)}`;
}

/** @param {Run} run */
export const clickTryAgain = run => clickOnFailure(run, 'retry');

/** @param {Run} run @param {'retry' | 'stop' | 'quit'} button */
export const clickOnFailure = (run, button) => click(run, FAILURE_PAGE, `#${button}`);

/** @param {Run} run @param {'wait' | 'restart' | 'reload' | 'dismiss'} choice */
export const choose = (run, choice) => click(run, OVERLAY, `#${choice}`);

/** A click on a page that may be gone before the click has come to its end. @param {Run} run @param {string} address @param {string} button */
function click(run, address, button) {
  return run.onPage(address, page =>
    page.evaluate(selector => {
      setTimeout(() => /** @type {HTMLElement} */ (document.querySelector(selector)).click());
    }, button),
  );
}

/** Everything that the run began is gone, without anybody's help. @param {Run} run */
export async function allGone(run) {
  const began = performance.now();
  await until('the end of all processes', () => run.processes().length === 0, {
    limitMs: 20_000,
    instead: () => run.processes().map(({ role, pid }) => `${role} ${pid}`),
  });
  return `all gone after ${((performance.now() - began) / 1000).toFixed(1)} s`;
}

/** The app ends by itself, as if nothing had happened. @param {Run} run */
export async function cleanEnd(run) {
  const { code, signal } = await run.end();
  if (code !== 0) throw new Error(`The app ended with ${signal ?? `code ${code}`}.`);
  return 'quit with 0';
}

/** The port that the server was told. @param {Run} run */
export async function portOf(run) {
  const { words } = await run.process('server');
  return Number(words[words.indexOf('--port') + 1]);
}

/** @param {Process} known */
export function expectAlive(known) {
  if (!isAlive(known)) throw new Error(`The ${known.role} ${known.pid} is gone.`);
  return `${known.role} ${known.pid} lives`;
}
