/** Another program that listens where our server would, and records every request. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppRun } from './app-run';
import { PORT } from './leftovers';
import { environmentOf } from './processes';

const PAGE = 'The page of another program';

export interface ForeignServer {
  port: number;
  close(): Promise<void>;
  /** Every request it received, with its headers. */
  requests(): readonly string[];
  /**
   * Says how many requests came.
   * @throws Error when it received a token, or the app shows its page.
   */
  learntNothing(): Promise<string>;
}

export interface ForeignServerOptions {
  port?: number;
  host?: string;
  /** Accepts connections and never answers. */
  mute?: boolean;
}

/** Takes a port. Answers 200 to everything, with an invented proof and a page that would pass for ours. */
export async function openForeignServer(run: AppRun, options: ForeignServerOptions = {}): Promise<ForeignServer> {
  const { port = PORT, host = '127.0.0.1', mute = false } = options;
  const requests: string[] = [];
  const record = (kind: string | undefined, { url, rawHeaders }: IncomingMessage) =>
    void requests.push(`${kind} ${url}\n${rawHeaders.join('\n')}`);
  const server = createServer((request, response) => {
    record(request.method, request);
    if (mute) return;
    response.setHeader('X-CachiBot-Proof', '5a'.repeat(32));
    if (request.url === '/api/health') response.end('{"status":"ok","version":"6.6.6","problems":[]}');
    else response.setHeader('Content-Type', 'text/html').end(`<div id="root">${PAGE}</div>`);
  });
  for (const event of ['upgrade', 'connect'] as const)
    server.on(event, (request, socket) => {
      record(event, request);
      socket.destroy();
    });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, resolve);
  });
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  run.onClose(close);
  return {
    port: (server.address() as AddressInfo).port,
    close,
    requests: () => requests,
    learntNothing: () => expectNoSecret(run, requests),
  };
}

async function expectNoSecret(run: AppRun, requests: readonly string[]): Promise<string> {
  const tokens = run.processes('server').flatMap(({ pid }) => environmentOf(pid, 'CACHIBOT_DESKTOP_TOKEN') ?? []);
  if (tokens.length === 0) throw new Error('There is no token to look for.');
  const leak = requests.find(text => /x-cachibot-token/i.test(text) || tokens.some(token => text.includes(token)));
  if (leak !== undefined) throw new Error(`The other program received a token: ${leak.slice(0, 300)}`);
  const shown = (await run.pages()).find(({ text }) => text.includes(PAGE));
  if (shown !== undefined) throw new Error(`The page of the other program is shown at ${shown.url}.`);
  return `the other program received ${requests.length} requests and no token`;
}
