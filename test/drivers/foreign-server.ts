/** A program that is not ours and listens on our server's port. It records every request. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppRun } from './app-run';
import { PORT } from './leftovers';
import { openRecordingServer, type RecordedRequest, type RecordingServer } from './recording-server';

/** A token. The real one is unknown here: it is in the arguments and the environment of no process. */
const TOKEN = /[0-9a-f]{64}/i;

const PAGE = 'The page of another program';

export interface ForeignServer extends RecordingServer {
  /**
   * Returns the number of requests, in words.
   * @throws Error when a request contained a token, no server is running, or the app shows the program's page
   */
  expectNoLeak(): Promise<string>;
}

export interface ForeignServerOptions {
  port?: number;
  host?: string;
  /** Accepts connections and never responds. */
  silent?: boolean;
}

/**
 * Takes a port until the run is closed. Responds 200 to every request, with an invalid proof and a page that resembles
 * ours.
 */
export async function openForeignServer(run: AppRun, options: ForeignServerOptions = {}): Promise<ForeignServer> {
  const { silent = false, ...address } = options;
  const respond = silent ? () => {} : pretendToBeOurs;
  const server = await openRecordingServer({ port: PORT, ...address, respond });
  run.onClose(server.close);
  return { ...server, expectNoLeak: () => expectNoLeak(run, server.requests) };
}

function pretendToBeOurs(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('X-CachiBot-Proof', '5a'.repeat(32));
  if (request.url === '/api/health') response.end('{"status":"ok","version":"6.6.6","problems":[]}');
  else response.setHeader('Content-Type', 'text/html').end(`<div id="root">${PAGE}</div>`);
}

async function expectNoLeak(run: AppRun, requests: readonly RecordedRequest[]): Promise<string> {
  if (run.processes('server').length === 0) throw new Error('No server is running, so there is no token.');
  const leak = requests.find(({ hasToken, text }) => hasToken || TOKEN.test(text));
  if (leak !== undefined) throw new Error(`The other program received a token: ${leak.text.slice(0, 300)}`);
  const shown = (await run.pages()).find(({ text }) => text.includes(PAGE));
  if (shown !== undefined) throw new Error(`The page of the other program is shown at ${shown.url}.`);
  return `the other program received ${requests.length} requests and no token`;
}
