/** The decision to show the page before its server is ready, and requests that wait (early_start.js). */

import { expect, it } from 'vitest';
import { createStore, runPageScripts, storageOf } from '../../drivers/page-script';

const ORIGIN = 'http://cachibot.localhost';

interface Functions {
  isExpired(token: string): boolean;
  withdrawMessages(matches: (place: string) => boolean): void;
  startEarly(stores: object): boolean;
  endEarlyStart(stores: object): void;
  rememberStart(stores: object): void;
  whenLoggedIn(act: () => void): Promise<void>;
}

const LOGGED_IN = { user: { id: 'ada' }, accessToken: 'old', refreshToken: 'refresh', isAuthenticated: true };
const TERMS = { terms_accepted: true, terms_version: '2', latest_terms_version: '2' };
const MODELS = { defaultModel: 'fake', defaultEmbeddingModel: '', defaultUtilityModel: '' };
const KNOWN = { user: 'ada', terms: TERMS, config: { timezone: 'UTC' }, models: MODELS };

interface Given {
  path?: string;
  login?: object;
  known?: object | string;
  waiting?: string;
}

/** A page that can start early, apart from what is given. */
function loadPage({ path = '/default/chats/1', login = {}, known = KNOWN, waiting }: Given = {}) {
  const storage = new Map([['cachibot-desktop:start', typeof known === 'string' ? known : JSON.stringify(known)]]);
  if (waiting !== undefined) storage.set('cachibot-desktop:waiting', waiting);
  const requests: string[] = [];
  const withdrawn: boolean[] = [];
  const cachibotDesktop = {
    isExpired: (token: string) => token === 'expired',
    withdrawMessages: (matches: (place: string) => boolean) => void withdrawn.push(matches('any place')),
  } as Partial<Functions> as Functions;
  const window = {
    cachibotDesktop,
    fetch: async (url: string, init?: { headers?: HeadersInit }) =>
      void requests.push(`${url.replace(ORIGIN, '')} ${new Headers(init?.headers).get('Authorization') ?? ''}`.trim()),
  };
  const localStorage = storageOf(storage);
  const location = { pathname: path, origin: ORIGIN, href: ORIGIN + path };
  const globals = { window, localStorage, location, URL, Request, Headers, TypeError };
  runPageScripts(['early_start.js'], globals);
  const stores = {
    login: createStore<Record<string, unknown>>({ ...LOGGED_IN, ...login }),
    terms: createStore<Record<string, unknown>>({}),
    config: createStore<Record<string, unknown>>({}),
    models: createStore<Record<string, unknown>>({}),
  };
  return {
    stores,
    requests,
    withdrawn,
    storage,
    fetch: (url: string, token: string) => window.fetch(url, { headers: { Authorization: `Bearer ${token}` } }),
    whenLoggedIn: cachibotDesktop.whenLoggedIn,
    start: () => cachibotDesktop.startEarly(stores),
    end: () => cachibotDesktop.endEarlyStart(stores),
    remember: () => cachibotDesktop.rememberStart(stores),
  };
}

const settled = () => new Promise(resolve => setImmediate(resolve));

it.each(['/', '/default/chats', '/default/chats/1'])(
  'starts early at %s, with the settings of the last start',
  path => {
    const { start, stores } = loadPage({ path });
    expect(start()).toBe(true);
    expect(stores.login.getState()).toMatchObject({ isLoading: false, setupRequired: false });
    expect(stores.terms.getState()).toEqual({ status: TERMS });
    expect(stores.config.getState()).toEqual({ config: KNOWN.config });
    expect(stores.models.getState()).toEqual(MODELS);
  },
);

it.each<[string, Given]>([
  ['the app has not started before', { known: 'null' }],
  ['the settings of the last start are damaged', { known: '{"user":' }],
  ['nobody is logged in', { login: { isAuthenticated: false } }],
  ['another user is logged in', { login: { user: { id: 'bob' } } }],
  ['no user is known', { login: { user: null } }],
  ['the terms are not accepted', { known: { ...KNOWN, terms: { ...TERMS, terms_accepted: false } } }],
  ['there are new terms', { known: { ...KNOWN, terms: { ...TERMS, latest_terms_version: '3' } } }],
  ['nothing is known of the terms', { known: { ...KNOWN, terms: null } }],
  ['the log-in cannot be renewed', { login: { refreshToken: null } }],
  ['the log-in has run out', { login: { refreshToken: 'expired' } }],
  ['a chat waits for an answer', { waiting: '{"1":"A question"}' }],
  ['the page is a room', { path: '/default/rooms/1' }],
  ['the page is the settings', { path: '/settings' }],
  ['the page is the log-in', { path: '/login' }],
  ['the page is below a chat', { path: '/default/chats/1/other' }],
])('waits for the server if %s', (_why, given) => {
  const { start, stores } = loadPage(given);
  expect(start()).toBe(false);
  expect(stores.config.getState()).toEqual({});
});

it.each(['null', '{}'])('starts early if no chat waits for an answer: %s', waiting => {
  expect(loadPage({ waiting }).start()).toBe(true);
});

it('lets requests wait for the log-in, and sends them with its token', async () => {
  const page = loadPage();
  page.start();
  let isConnected = false;
  void page.whenLoggedIn(() => {
    isConnected = true;
  });
  const waiting = [page.fetch('/api/bots', 'old'), page.fetch('/api/config', 'of the request')];
  await page.fetch('/api/auth/me', 'old');
  await page.fetch('/assets/a.js', 'old');
  await page.fetch('https://example.com/api/bots', 'old');
  await settled();
  expect(page.requests).toEqual(
    ['/api/auth/me', '/assets/a.js', 'https://example.com/api/bots'].map(url => `${url} Bearer old`),
  );
  expect(isConnected).toBe(false);
  page.stores.login.setState({ accessToken: 'new' });
  page.end();
  await Promise.all(waiting);
  expect(page.requests.slice(3)).toEqual(['/api/bots Bearer new', '/api/config Bearer of the request']);
  expect(isConnected).toBe(true);
  expect(page.withdrawn).toEqual([]);
});

it.each([{ isAuthenticated: false }, { setupRequired: true }, { legacyDbDetected: true }])(
  'sends nothing that waits if nobody is logged in: %o',
  async login => {
    const page = loadPage();
    page.start();
    let isConnected = false;
    void page.whenLoggedIn(() => {
      isConnected = true;
    });
    const request = page.fetch('/api/bots', 'old');
    page.stores.login.setState(login);
    page.end();
    await expect(request).rejects.toThrow(TypeError);
    expect(page.requests).toEqual([]);
    expect(isConnected).toBe(false);
    expect(page.withdrawn, 'messages').toEqual([true]);
  },
);

it('remembers the settings for the next start, without those of a user who has logged out', () => {
  const page = loadPage({ known: 'null' });
  page.stores.terms.setState({ status: TERMS });
  page.stores.config.setState({ config: KNOWN.config });
  page.stores.models.setState(MODELS);
  page.remember();
  expect(JSON.parse(page.storage.get('cachibot-desktop:start') ?? '')).toEqual(KNOWN);
  page.stores.login.setState({ user: null, isAuthenticated: false });
  expect(page.storage.get('cachibot-desktop:start')).toBe(undefined);
});
