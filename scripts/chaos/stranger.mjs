// @ts-check
// Another program that listens where our server would, and writes down all that it is told.
import { createServer } from 'node:http';
import { PORT } from './leftovers.mjs';
import { environmentOf } from './processes.mjs';

/** @typedef {ReturnType<Awaited<ReturnType<typeof settle>>['heard']>} Heard */

/**
 * Takes the port. It answers 200 to everything, with a proof of its own making and a page that would pass for ours.
 * @param {import('./run.mjs').Run} run which may not be told
 * @param {{ port?: number, host?: string, mute?: boolean }} [manners] `mute` takes connections and never answers
 */
export async function settle(run, { port = PORT, host = '127.0.0.1', mute = false } = {}) {
  /** @type {string[]} */
  const told = [];
  const server = createServer((request, response) => {
    told.push(`${request.method} ${request.url}\n${request.rawHeaders.join('\n')}`);
    if (mute) return;
    response.setHeader('X-CachiBot-Proof', '5a'.repeat(32));
    if (request.url === '/api/health') response.end('{"status":"ok","version":"6.6.6","problems":[]}');
    else response.setHeader('Content-Type', 'text/html').end('<div id="root">The stranger’s page</div>');
  });
  server.on('upgrade', (request, socket) => {
    told.push(`upgrade ${request.url}\n${request.rawHeaders.join('\n')}`);
    socket.destroy();
  });
  server.on('connect', (request, socket) => {
    told.push(`connect ${request.url}\n${request.rawHeaders.join('\n')}`);
    socket.destroy();
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => resolve(undefined));
  });
  const leave = () =>
    new Promise(resolve => {
      server.close(() => resolve(undefined));
      server.closeAllConnections();
    });
  run.after(leave);
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());

  return {
    port: address.port,
    leave,
    /** All it was told. */
    heard: () => told,
    /** Throws when it was given a token; says how often it was asked for something. */
    async learntNothing() {
      const tokens = run.processes('server').flatMap(({ pid }) => environmentOf(pid, 'CACHIBOT_DESKTOP_TOKEN') ?? []);
      if (tokens.length === 0) throw new Error('There is no token to look for.');
      const leak = told.find(text => /x-cachibot-token/i.test(text) || tokens.some(token => text.includes(token)));
      if (leak !== undefined) throw new Error(`The stranger was given a token: ${leak.slice(0, 300)}`);
      const shown = (await run.pages()).find(({ text }) => text.includes('The stranger’s page'));
      if (shown !== undefined) throw new Error(`The stranger’s page is shown at ${shown.url}.`);
      return `the stranger was asked ${told.length} times and given no token`;
    },
  };
}
