/** The automatic log-in of CachiBot's page (log_in.js), with a server and a clock of the test. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';

const SCRIPT = readFileSync(join(__dirname, '../../../desktop/cachibot_desktop/patches/page/log_in.js'), 'utf8');
const LOGIN = { access_token: 'a', refresh_token: 'r', user: { username: 'ada' } };

/** A window, whose pages come and go. */
class FakeWindow {
  /** Statuses of the server's next responses; the last one stays. */
  statuses = [200];
  requests = 0;
  now = 1_764_374_400_000;
  readonly #storage = new Map<string, string>();

  /** Loads the page again, and logs in as its log-in page does. */
  async logIn(): Promise<unknown> {
    const window: { cachibotDesktop: { words: object; logIn?: () => Promise<unknown> } } = {
      cachibotDesktop: { words: {} },
    };
    const page = createContext({
      window,
      document: {},
      MutationObserver: class {
        observe() {}
      },
      Date: { now: () => this.now },
      sessionStorage: {
        getItem: (name: string) => this.#storage.get(name) ?? null,
        setItem: (name: string, value: string) => void this.#storage.set(name, value),
      },
      setTimeout: (act: () => void, ms: number) => {
        this.now += ms;
        setImmediate(act);
      },
      fetch: async () => {
        this.requests++;
        const [status = 200] = this.statuses.length > 1 ? this.statuses.splice(0, 1) : this.statuses;
        return { status, ok: status === 200, json: async () => LOGIN };
      },
    });
    runInContext(SCRIPT, page);
    return window.cachibotDesktop.logIn?.();
  }
}

it('stops logging in when something ends each login at once', async () => {
  const window = new FakeWindow();
  for (const seconds of [0, 1, 1]) {
    window.now += seconds * 1000;
    expect(await window.logIn()).toEqual(LOGIN);
  }
  window.now += 1000;
  expect(await window.logIn(), 'the log-in page is left to the user').toBe(null);
  expect(window.requests, 'the server is not asked again').toBe(3);

  window.now += 20_000;
  expect(await window.logIn(), 'later it is not a loop').toEqual(LOGIN);
});

it('waits for a server that is restarting', async () => {
  const window = new FakeWindow();
  window.statuses = [503, 500, 200]; // 500 while it stops
  expect(await window.logIn()).toEqual(LOGIN);
  expect(window.requests).toBe(3);
});

it('leaves a user with a password of their own to the log-in page', async () => {
  const window = new FakeWindow();
  window.statuses = [404];
  expect(await window.logIn()).toBe(null);
  expect(window.requests).toBe(1);
});
