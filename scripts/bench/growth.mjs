// @ts-check
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { resultOf } from './compare.mjs';
import { createAccountIn } from './designs.mjs';
import { openQuotingModel } from './quoting-model.mjs';
import { StartRun } from './start-run.mjs';

/** @typedef {import('./start-run.mjs').Design} Design */
/** @typedef {import('./usable-page.mjs').Page} Page */
/**
 * The data of a user after months.
 * @typedef {{ name: string, messages?: number, pageMb?: number, logsMb?: number }} Amount
 */
/** @typedef {{ name: string, grows: string[] }} Growth */

/** @type {readonly Amount[]} */
export const AMOUNTS = [
  { name: 'nothing' },
  { name: '10 messages', messages: 10 },
  { name: '1,000 messages', messages: 1_000 },
  { name: '100,000 messages', messages: 100_000 },
  { name: '1 MB of page storage', pageMb: 1 },
  { name: '5 MB of page storage', pageMb: 4.7 },
  { name: '1 GB of logs', logsMb: 1_000 },
];

export const GROWTH_COLUMNS = {
  usableMs: 'usable, ms',
  cpuS: 'processor until then, s',
  memoryMb: 'memory, MB',
  serverMb: 'of which server, MB',
  sendMs: 'message to answer, ms',
  quitMs: 'quit, ms',
};
/** A figure that is this many times that of an app with no data grows with the data. Smaller differences are noise. */
const GROWS = 1.25;
const MB = 1e6;
const LIMIT_MS = 60_000;
const POLL_MS = 10;
/** The page's own limit for its storage is 5 million characters. */
const CHARACTERS_PER_MB = 1e6;

/**
 * Measures the app with each amount of data, alternately.
 * @param {(home: string, env: NodeJS.ProcessEnv) => Design} design
 * @param {{ rounds: number, frames: string, folder: string, python: string, say: (line: string) => void }} options
 * @returns {Promise<{ results: import('./compare.mjs').Result[], growth: Growth[] }>}
 */
export async function measureGrowth(design, { rounds, frames, folder, python, say }) {
  const model = await openQuotingModel();
  try {
    const [base, ...others] = AMOUNTS.map((_, at) => design(join(folder, `amount-${at}`), model.env));
    if (base === undefined) return { results: [], growth: [] };
    say('  preparing the data');
    await createAccountIn(base, frames);
    // The first message creates the bot in the database.
    await measureWithMessage(base, frames, 'First message');
    for (const [at, subject] of others.entries()) {
      cpSync(base.home, subject.home, { recursive: true, verbatimSymlinks: true });
      await fill(subject, AMOUNTS[at + 1] ?? { name: '' }, { python, frames });
    }
    const subjects = [base, ...others];
    const measured = subjects.map(() => /** @type {Record<string, number>[]} */ ([]));
    for (let round = 1; round <= rounds; round++) {
      say(`  round ${round} of ${rounds}`);
      for (const [at, subject] of subjects.entries())
        measured[at]?.push(await measureWithMessage(subject, frames, `Message ${round}-${at}`));
    }
    const results = AMOUNTS.map(({ name }, at) => resultOf(name, measured[at] ?? [], measured[0] ?? []));
    return { results, growth: growthOf(results) };
  } finally {
    await model.close();
  }
}

/**
 * Returns the figures that grow with each amount.
 * @param {readonly import('./compare.mjs').Result[]} results
 * @returns {Growth[]}
 */
export function growthOf(results) {
  return results.slice(1).map(({ name, ratio }) => ({
    name,
    grows: Object.keys(ratio).filter(figure => (ratio[figure] ?? 0) > GROWS),
  }));
}

/**
 * @param {Design} design
 * @param {string} frames
 * @param {string} message
 */
async function measureWithMessage(design, frames, message) {
  const { run, timeline, cpuOf, page } = await StartRun.begin(design, { frames });
  try {
    const { all, server } = await run.memory();
    const sendMs = await send(page, message);
    const quitMs = await run.quit();
    const cpuS = Object.values(cpuOf).reduce((sum, seconds) => sum + seconds, 0);
    return { usableMs: timeline.usable, cpuS, memoryMb: all / MB, serverMb: server / MB, sendMs, quitMs };
  } catch (error) {
    run.kill();
    throw error;
  }
}

/**
 * Sends a message, and returns the milliseconds until its answer is in the page.
 * @param {Page} page
 * @param {string} message
 */
async function send(page, message) {
  await until(page, `document.body.innerText.includes('Connected')`);
  await page.evaluate(`document.querySelector('textarea').focus()`);
  await page.insert(` ${message}`);
  const sentAt = performance.now();
  await page.press('\r', 'Enter', 13);
  // The typed letter of the start precedes the message.
  await until(page, `document.body.innerText.match(/You said: .*${message}/) !== null`);
  return performance.now() - sentAt;
}

/**
 * @param {Page} page
 * @param {string} condition
 */
async function until(page, condition) {
  const limit = performance.now() + LIMIT_MS;
  while (performance.now() < limit) {
    if (await page.evaluate(condition)) return;
    await pause(POLL_MS);
  }
  throw new Error(`The page did not fulfil ${condition}: ${await page.evaluate('document.body.innerText')}`);
}

/**
 * Adds data to a home.
 * @param {Design} design
 * @param {Amount} amount
 * @param {{ python: string, frames: string }} options
 */
async function fill(design, { messages = 0, pageMb = 0, logsMb = 0 }, { python, frames }) {
  if (messages > 0) {
    const script = fileURLToPath(new URL('fill_messages.py', import.meta.url));
    const database = join(design.home, '.cachibot', 'cachibot.db');
    const { status, stderr } = spawnSync(python, [script, database, String(messages)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`The database could not be filled: ${stderr}`);
  }
  if (pageMb > 0) {
    const { run, page } = await StartRun.begin(design, { frames });
    await page.evaluate(fillStorage(pageMb * CHARACTERS_PER_MB));
    await run.quit();
  }
  const logs = ['profile/logs/main.log', 'profile/logs/server.log', '.cachibot/logs/cachibot.log'];
  if (logsMb > 0) for (const name of logs) fillLog(join(design.home, name), (logsMb / logs.length) * MB);
}

/** Returns an expression that puts chats into the page's storage. @param {number} characters */
const fillStorage = characters => `(() => {
  const timestamp = new Date().toISOString();
  const chats = [];
  const messages = {};
  for (let left = ${characters}, chat = 0; left > 0; chat++) {
    const id = 'filled-' + chat;
    chats.push({ id, botId: 'default', title: 'Chat ' + chat, createdAt: timestamp, updatedAt: timestamp });
    messages[id] = [];
    for (let at = 0; at < 50 && left > 0; at++) {
      const role = at % 2 === 0 ? 'user' : 'assistant';
      messages[id].push({ id: id + '-' + at, role, content: 'words '.repeat(150), timestamp, metadata: {} });
      left -= 1050;
    }
  }
  localStorage.setItem('cachibot-chats', JSON.stringify({ state: { chats, messages }, version: 0 }));
})()`;

/** @param {string} file @param {number} bytes */
function fillLog(file, bytes) {
  mkdirSync(dirname(file), { recursive: true });
  const line = '[2026-01-01 12:00:00.000] [info]  A line that the app or its server has written to its log.\n';
  const text = line.repeat(10_000);
  const log = openSync(file, 'a');
  for (let left = bytes; left > 0; left -= text.length) writeSync(log, text);
  closeSync(log);
}
