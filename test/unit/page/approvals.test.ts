/** Requests for the user's approval in CachiBot's page (approvals.js). */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page/approvals.js'), 'utf8');

interface Request {
  id: string;
  chatId?: string;
}
interface Functions {
  setApproval(request: Request | null, showInDialog: (request: Request | null) => void): void;
  forgetApprovals(chat: string): void;
}

/** Loads the script. `shown` has the dialog's content after each change; `endPause` lets the time pass. */
function loadPage() {
  const cachibotDesktop = {} as Functions;
  const pauses: (() => void)[] = [];
  const setTimeout = (act: () => void, ms: number) => {
    expect(ms).toBeGreaterThan(500); // longer than a double click
    pauses.push(act);
  };
  runInContext(SCRIPT, createContext({ window: { cachibotDesktop }, setTimeout }));
  const shown: (string | undefined)[] = [];
  const show = (request: Request | null) => void shown.push(request?.id);
  return {
    shown,
    ask: (id: string, chatId = id) => cachibotDesktop.setApproval({ id, chatId }, show),
    answer: () => cachibotDesktop.setApproval(null, show),
    forget: (chat: string) => cachibotDesktop.forgetApprovals(chat),
    endPause: () => {
      for (const act of pauses.splice(0)) act();
    },
  };
}

it('shows a second request when the first is answered, after a pause', () => {
  const page = loadPage();
  page.ask('a');
  page.ask('b');
  expect(page.shown).toEqual(['a']);
  page.answer();
  expect(page.shown, 'a double click answers nothing').toEqual(['a', undefined]);
  page.answer();
  page.endPause();
  expect(page.shown).toEqual(['a', undefined, 'b']);
  page.answer();
  page.endPause();
  expect(page.shown).toEqual(['a', undefined, 'b', undefined]);
});

it('shows a request of the pause after it', () => {
  const page = loadPage();
  page.ask('a');
  page.answer();
  page.ask('b');
  expect(page.shown).toEqual(['a', undefined]);
  page.endPause();
  expect(page.shown).toEqual(['a', undefined, 'b']);
});

it('shows a request once that the server repeats', () => {
  const page = loadPage();
  for (const id of ['a', 'b', 'a', 'b']) page.ask(id);
  page.answer();
  page.endPause();
  page.answer();
  page.endPause();
  expect(page.shown).toEqual(['a', undefined, 'b', undefined]);
});

it('forgets the requests of a chat whose answer has ended', () => {
  const page = loadPage();
  page.ask('a', 'one');
  page.ask('b', 'two');
  page.ask('c', 'one');
  page.ask('d', 'three');
  page.forget('two');
  expect(page.shown, 'the one that is shown stays').toEqual(['a']);
  page.forget('one');
  expect(page.shown).toEqual(['a', undefined]);
  page.endPause();
  expect(page.shown).toEqual(['a', undefined, 'd']);
});
