/** The session of the main window, with a fake of Electron's. */

import { beforeEach, expect, it, vi } from 'vitest';
import { createAppSession } from '../../../desktop/security/session';
import { PageLoad } from '../../../desktop/window/core/page-load';

const ORIGIN = 'http://127.0.0.1:5870';
const MAIN_ID = 7;

type Details = Record<string, unknown>;

/** A session that refuses a folder for compiled code, as Electron's does if its path is not absolute. */
const fake = vi.hoisted(() => {
  const ignore = () => {};
  const listeners = new Map<string, (details: Details, reply: () => void) => void>();
  const keep = (event: string) => (listener: (details: Details, reply: () => void) => void) =>
    void listeners.set(event, listener);
  return {
    listeners,
    setCodeCachePath: () => {
      throw new Error('Absolute path must be provided to store code cache.');
    },
    setProxy: async () => {},
    webRequest: {
      onBeforeRequest: keep('before'),
      onCompleted: ignore,
      onErrorOccurred: keep('error'),
      onBeforeSendHeaders: ignore,
    },
    setPermissionRequestHandler: ignore,
    setPermissionCheckHandler: ignore,
    setDevicePermissionHandler: ignore,
    on: ignore,
  };
});
vi.mock('electron', () => ({ session: { fromPartition: () => fake } }));

let uses: number;
let lines: string[];

beforeEach(() => {
  uses = 0;
  lines = [];
});

function create(codeCache?: string) {
  return createAppSession({
    origin: ORIGIN,
    partition: 'persist:cachibot',
    codeCache,
    mayReachServer: () => true,
    token: () => undefined,
    mainId: () => MAIN_ID,
    pageLoad: new PageLoad(),
    serverUsed: () => void uses++,
    pageWrote() {},
    download() {},
    downloadRefused() {},
    log: line => void lines.push(line),
  });
}

const request = { id: 1, method: 'GET', url: `${ORIGIN}/api/bots`, resourceType: 'xhr', webContentsId: MAIN_ID };

it('is created even if the folder for compiled code cannot be used, and says so in the log', () => {
  expect(create('caches')).toBe(fake);
  expect(lines).toEqual([expect.stringMatching(/caches cannot be used: Absolute path must be provided/)]);
});

it.each([
  ['a POST of the main window', 1, { method: 'POST' }],
  ['a GET, which the page also sends by itself', 0, {}],
  ['a POST of another window', 0, { method: 'POST', webContentsId: 8 }],
])('counts %s as %d uses of the server', (_, expected, details) => {
  create();
  fake.listeners.get('before')?.({ ...request, ...details }, () => {});
  expect(uses).toBe(expected);
});

it.each([
  ['a request that the server’s port refuses', 1, { error: 'net::ERR_CONNECTION_REFUSED' }],
  ['a connection that it refuses', 1, { error: 'net::ERR_CONNECTION_REFUSED', url: 'ws://127.0.0.1:5870/ws' }],
  ['a request that the page has cancelled', 0, { error: 'net::ERR_ABORTED' }],
  ['a picture of another server', 0, { error: 'net::ERR_BLOCKED_BY_CLIENT', url: 'http://a.example/b.png' }],
])('counts %s as %d uses of the server', (_, expected, details) => {
  create();
  fake.listeners.get('error')?.({ ...request, ...details }, () => {});
  expect(uses).toBe(expected);
});
