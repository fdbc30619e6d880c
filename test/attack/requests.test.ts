/** Requests of other programs on this machine, and of web sites in the user's browser, to the server. */
// @module-tag linux: uses electron-app.ts

import {
  type AttackedServer,
  openOurServer,
  openStartingServer,
  openStockServer,
  send,
} from '../drivers/attacked-server';
import { type Attack, defineAttacks } from '../drivers/attacks';

const PATHS = [
  '/',
  '/setup',
  '/default/chats/1',
  '/assets/index.js',
  '/favicon.svg',
  '/docs',
  '/openapi.json',
  '/api/auth/setup-required',
  '/api/auth/setup',
  '/api/auth/login',
  '/api/auth/me',
  '/api/bots',
  '/api/chats',
  '/api/config',
  '/api/models',
  '/api/providers',
  '/api/settings',
  '/api/plugins',
  '/api/plugins/install',
  '/api/plugins/reload',
  '/api/knowledge',
  '/api/jobs',
  '/api/rooms',
  '/api/health/',
  '/api/HEALTH',
  '/api/health?x',
  '/api/desktop/activity',
  '/api/desktop/machine',
  '/desktop/model',
  '/desktop/password',
  '/v1/models',
  '/v1/chat/completions',
  '/api/webhooks/line/x',
  '/ws',
  '/nothing',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'BREW'];
/** Headers and queries in the place of the token. */
const WITHOUT_TOKEN = [
  '',
  'X-CachiBot-Token: ',
  `X-CachiBot-Token: ${'0'.repeat(64)}`,
  `X-CachiBot-Token: ${'0'.repeat(64)}\r\nX-CachiBot-Token: ${'1'.repeat(64)}`,
  `X-CachiBot-Token: \xff${'0'.repeat(63)}`,
  `Authorization: Bearer ${'0'.repeat(64)}`,
  `Cookie: X-CachiBot-Token=${'0'.repeat(64)}`,
  'X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /api/health',
];

const HOSTS = [
  'evil.example',
  'evil.example:PORT',
  '127.0.0.1.evil.example:PORT',
  'localhost.evil.example',
  'evil.example#127.0.0.1',
  '127.0.0.1@evil.example',
  '127.0.0.1:PORT, evil.example',
  '127.0.0.1:PORT\r\nHost: evil.example',
  '0.0.0.0:PORT',
  '127.0.0.2',
  '[::ffff:127.0.0.1]',
  'localhost.',
  '127.1',
  '2130706433',
  '',
  'LOCALHOSTS',
  '127.0.0.1:PORT:1',
  '127.0.0.1:999999',
];
const ORIGINS = [
  'null',
  'https://evil.example',
  'http://evil.example:PORT',
  'http://127.0.0.1:1',
  'https://127.0.0.1:PORT',
  'http://127.0.0.1:PORT.evil.example',
  'http://127.0.0.1:PORT@evil.example',
  'http://[::1]:PORT',
  'file://',
  'app://shell',
  'chrome-extension://abcdefghijklmnop',
  'http://127.0.0.1:PORT/',
  'http://127.0.0.1:PORT\r\nOrigin: http://evil.example',
  'HTTP://127.0.0.1:PORT',
  '127.0.0.1:PORT',
];

/** Forms of a path that lead out of the folder of the UI's files, to a file that every machine has. */
const UP = ['../', '..%2f', '%2e%2e/', '%2e%2e%2f', '..\\', '..%5c', '%252e%252e%252f', '....//', '..;/', '.%2e/'];
const BASES = ['/', '/assets/', '/docs/', '/api/', '/setup/'];
const FILE_PATHS = [
  ...BASES.flatMap(base => UP.map(up => `${base}${up.repeat(12)}etc/passwd`)),
  ...BASES.flatMap(base => [`${base}/etc/passwd`, `${base}%2fetc/passwd`, `${base}etc/passwd%00.svg`]),
];

const PARALLEL = 16;

/** Sends each request; `through` says whether a response is a success of the attack. */
async function sendEach(
  { port }: AttackedServer,
  requests: readonly string[],
  through: (response: string, request: string) => boolean,
  enough: number,
): Promise<string[]> {
  const found: string[] = [];
  const left = requests.map(text => text.replaceAll('PORT', String(port)));
  const work = async () => {
    for (let text = left.pop(); text !== undefined && found.length < enough; text = left.pop()) {
      const response = await send(port, text);
      if (through(response, text)) found.push(`${JSON.stringify(text)}: ${response.slice(0, 80)}`);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return found;
}

const statusOf = (response: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(response)?.[1] ?? 0);
/** A refusal, or no response at all. */
const isRefused = (response: string) => [0, 400, 401, 403, 405, 421, 501].includes(statusOf(response));
const request = (method: string, path: string, host: string, more: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${more === '' ? '' : `${more}\r\n`}Connection: close\r\n\r\n`;

const ANONYMOUS = PATHS.flatMap(path =>
  METHODS.flatMap(method => WITHOUT_TOKEN.map(more => request(method, path, '127.0.0.1:PORT', more))),
).filter(text => !/^(GET|HEAD) \/api\/health\?x/.test(text)); // it may be read without the token
const withToken = (texts: readonly string[], { token }: AttackedServer) =>
  texts.map(text => text.replace('\r\nConnection', `\r\nX-CachiBot-Token: ${token}\r\nConnection`));
const FOREIGN_HOSTS = HOSTS.flatMap(host =>
  ['/', '/api/health', '/api/auth/setup-required', '/ws'].map(path => request('GET', path, host, '')),
);
const FOREIGN_ORIGINS = ORIGINS.flatMap(origin =>
  ['GET', 'POST', 'OPTIONS'].flatMap(method =>
    ['/', '/api/health', '/api/auth/setup-required'].map(path =>
      request(method, path, '127.0.0.1:PORT', `Origin: ${origin}`),
    ),
  ),
);
const FILES = FILE_PATHS.map(path => request('GET', path, '127.0.0.1:PORT', ''));

const attacks: Attack<AttackedServer>[] = [
  {
    name: 'a request without the token',
    tried: ANONYMOUS.length,
    run: (server, enough) => sendEach(server, ANONYMOUS, response => !isRefused(response), enough),
  },
  {
    name: 'a request for another host, with the token',
    tried: FOREIGN_HOSTS.length,
    run: (server, enough) =>
      sendEach(server, withToken(FOREIGN_HOSTS, server), response => !isRefused(response), enough),
  },
  {
    name: 'a request of a page of another origin, with the token',
    tried: FOREIGN_ORIGINS.length,
    run: (server, enough) =>
      sendEach(server, withToken(FOREIGN_ORIGINS, server), response => !isRefused(response), enough),
  },
  {
    name: 'a path that leads to a file of the machine, with the token',
    tried: FILES.length,
    run: (server, enough) => sendEach(server, withToken(FILES, server), response => response.includes('root:'), enough),
  },
];

/** Few enough to be made before CachiBot is loaded. */
const EARLY = [...ANONYMOUS.filter((_, at) => at % 8 === 0), ...FOREIGN_HOSTS, ...FOREIGN_ORIGINS];

const early: Attack<AttackedServer>[] = [
  {
    name: 'any of these while the server starts',
    tried: EARLY.length,
    run: (server, enough) => sendEach(server, EARLY, response => !isRefused(response), enough),
  },
];

defineAttacks({ guarded: openOurServer, unguarded: openStockServer }, attacks);
defineAttacks({ guarded: openStartingServer, unguarded: openStockServer }, early);
