/** When the machine is reported, and of which addresses: with a real server on a port, and a scripted Chromium. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createMachineReports } from '../../../desktop/server/machine-reports';

interface Received {
  token: string | undefined;
  report: unknown;
}

/** A server that asks for the proxies of `addresses`. */
async function openServer(addresses: unknown) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => (body += chunk));
    request.on('end', () => {
      const token = request.headers['x-cachibot-token'];
      received.push({ token: String(token), report: JSON.parse(body) });
      response.end(JSON.stringify({ addresses }));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, received };
}

const options = {
  token: (): string | undefined => 'a token',
  zone: () => 'Europe/Madrid',
  environment: (): Record<string, string> | undefined => undefined,
  resolveProxy: async (url: string) => (url.includes('direct') ? 'DIRECT' : 'PROXY proxy:8080'),
  log: (line: string) => expect.fail(line),
};
const ADDRESSES = ['https://a.example', 'https://direct.example'];
const PROXIES = { 'https://a.example': 'http://proxy:8080', 'https://direct.example': null };

it('reports the proxies of the addresses that the server names, at once', async () => {
  const { port, received } = await openServer(ADDRESSES);
  createMachineReports({ ...options, port })();
  await expect
    .poll(() => received.map(({ report }) => report))
    .toEqual([{ zone: 'Europe/Madrid' }, { zone: 'Europe/Madrid', proxies: PROXIES }]);
  expect(received[0]?.token).toBe('a token');
});

it('reports again what changed while it reported', async () => {
  const { port, received } = await openServer([]);
  const zones = ['Europe/Madrid', 'Asia/Tokyo'];
  const report = createMachineReports({ ...options, port, zone: () => zones.shift() ?? 'UTC' });
  report();
  report();
  await expect
    .poll(() => received.map(({ report }) => report))
    .toEqual([{ zone: 'Europe/Madrid' }, { zone: 'Asia/Tokyo' }]);
});

it('reports the login shell’s variables when they are read', async () => {
  const { port, received } = await openServer([]);
  let environment: Record<string, string> | undefined;
  const report = createMachineReports({ ...options, port, environment: () => environment });
  report();
  await expect.poll(() => received.length).toBe(1);
  environment = { PATH: '/opt/brew/bin' };
  report();
  await expect
    .poll(() => received.map(({ report }) => report))
    .toEqual([{ zone: 'Europe/Madrid' }, { zone: 'Europe/Madrid', environment }]);
});

it('sends nothing while the token may not be sent', async () => {
  const { port, received } = await openServer([]);
  let token: string | undefined;
  const report = createMachineReports({ ...options, port, token: () => token });
  report();
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(received).toEqual([]);
  token = 'a token';
  report();
  await expect.poll(() => received.length).toBe(1);
});

it('reports no proxies to a server that asks in another way', async () => {
  const { port, received } = await openServer('all of them');
  const report = createMachineReports({ ...options, port });
  report();
  await expect.poll(() => received.length).toBe(1);
  report();
  await expect.poll(() => received.length).toBe(2);
  expect(received[1]?.report).toEqual({ zone: 'Europe/Madrid' });
});
