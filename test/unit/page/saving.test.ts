/** The saving of stores in CachiBot's page (saving.js), with a storage and a clock of the test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page/saving.js'), 'utf8');
const NAME = 'cachibot-chats';

/** Loads the script into a page in which a write takes `writeMs`, and fails if the text is longer than `room`. */
function loadPage({ writeMs = 0, room = Number.POSITIVE_INFINITY, stored = '' } = {}) {
  let now = 0;
  const writes: string[] = [];
  const timers: { at: number; act: () => void }[] = [];
  const said: string[] = [];
  const events: Record<string, () => void> = {};
  const cachibotDesktop: {
    words: object;
    saveStore?(name: string, store: object, show: (text: string) => void): void;
  } = { words: { nearlyFull: 'nearly full', storageFull: 'full' } };
  const localStorage = Object.create({
    getItem: () => writes.at(-1) ?? stored,
    setItem(_name: string, text: string) {
      now += writeMs;
      if (text.length > room) throw new Error('QuotaExceededError');
      writes.push(text);
    },
  });
  const page = createContext({
    window: { cachibotDesktop },
    localStorage,
    performance: { now: () => now },
    setTimeout: (act: () => void, ms = 0) => void timers.push({ at: now + ms, act }),
    addEventListener: (name: string, act: () => void) => Object.assign(events, { [name]: act }),
  });
  runInContext(SCRIPT, page);
  return {
    writes,
    said,
    events,
    save: (state: object) => cachibotDesktop.saveStore?.(NAME, { state, version: 0 }, text => said.push(text)),
    pass(ms: number) {
      now += ms;
      for (const timer of timers.splice(0)) {
        if (timer.at <= now) timer.act();
        else timers.push(timer);
      }
    },
  };
}

it('writes at once what is written fast', () => {
  const page = loadPage();
  for (let number = 0; number < 3; number++) page.save({ number });
  expect(page.writes).toHaveLength(3);
});

it('writes nothing if a store is as it was read', () => {
  const page = loadPage({ stored: JSON.stringify({ state: { number: 1 }, version: 0 }) });
  page.save({ number: 1 });
  expect(page.writes).toEqual([]);
  page.save({ number: 2 });
  expect(page.writes).toHaveLength(1);
});

it('writes nothing if no saved part has changed', () => {
  const page = loadPage();
  const chats: string[] = [];
  for (let number = 0; number < 3; number++) page.save({ chats });
  expect(page.writes).toHaveLength(1);
});

it('writes a large store a tenth of the time at most, and the last state in the end', () => {
  const page = loadPage({ writeMs: 100 });
  for (let number = 0; number < 200; number++) {
    page.save({ number });
    page.pass(10);
  }
  expect(page.writes.length).toBeLessThan(5);
  page.pass(2000);
  expect(page.writes.at(-1)).toBe('{"state":{"number":199},"version":0}');
});

it('writes the last state when the page is closed', () => {
  const page = loadPage({ writeMs: 100 });
  page.save({ number: 1 });
  page.save({ number: 2 });
  expect(page.writes).toHaveLength(1);
  page.events['pagehide']?.();
  expect(page.writes.at(-1)).toContain('"number":2');
});

it('says once that there is little room, and that there is none', () => {
  const page = loadPage({ room: 5_000_000 });
  page.save({ text: 'x'.repeat(4_100_000) });
  expect(page.said).toEqual([]);
  page.save({ text: 'x'.repeat(4_200_000) });
  page.save({ text: 'x'.repeat(4_300_000) });
  page.pass(1);
  expect(page.said).toEqual(['nearly full']);
  page.save({ text: 'x'.repeat(5_100_000) });
  page.save({ text: 'x'.repeat(5_200_000) });
  page.pass(1);
  expect(page.said).toEqual(['nearly full', 'full']);
});
