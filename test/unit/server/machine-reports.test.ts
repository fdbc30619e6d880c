/** When the machine is reported, and of which addresses: with a real server on a port, and a scripted Chromium. */

import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMachineReports } from '../../../desktop/server/machine-reports';

interface Received {
  token: string | undefined;
  report: unknown;
  headers: IncomingHttpHeaders;
}

/** A server that asks for the proxies of `addresses`. */
async function openServer(addresses: unknown, status = 200) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', chunk => (body += chunk));
    request.on('end', () => {
      const token = request.headers['x-cachibot-token'];
      received.push({ token: String(token), report: JSON.parse(body), headers: request.headers });
      response.writeHead(status).end(JSON.stringify({ addresses }));
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
  isIdle: () => false,
  log: (line: string) => expect.fail(line),
};
const ADDRESSES = ['https://a.example', 'https://direct.example'];
const PROXIES = { 'https://a.example': 'http://proxy:8080', 'https://direct.example': null };

it('reports the proxies of the addresses that the server names, at once', async () => {
  const { port, received } = await openServer(ADDRESSES);
  createMachineReports({ ...options, port }).now();
  await expect
    .poll(() => received.map(({ report }) => report))
    .toEqual([{ zone: 'Europe/Madrid' }, { zone: 'Europe/Madrid', proxies: PROXIES }]);
  expect(received[0]?.token).toBe('a token');
  // The server takes a report with one of these for a page's.
  for (const name of ['origin', 'sec-fetch-site']) expect(received[0]?.headers).not.toHaveProperty(name);
});

it('reports again what changed while it reported', async () => {
  const { port, received } = await openServer([]);
  const zones = ['Europe/Madrid', 'Asia/Tokyo'];
  const { now: report } = createMachineReports({ ...options, port, zone: () => zones.shift() ?? 'UTC' });
  report();
  report();
  await expect
    .poll(() => received.map(({ report }) => report))
    .toEqual([{ zone: 'Europe/Madrid' }, { zone: 'Asia/Tokyo' }]);
});

it('reports the login shell’s variables when they are read', async () => {
  const { port, received } = await openServer([]);
  let environment: Record<string, string> | undefined;
  const { now: report } = createMachineReports({ ...options, port, environment: () => environment });
  report();
  await expect.poll(() => received.length).toBe(1);
  environment = { PATH: '/opt/brew/bin' };
  report();
  await expect
    .poll(() => received.map(({ report }) => report))
    .toEqual([{ zone: 'Europe/Madrid' }, { zone: 'Europe/Madrid', environment }]);
});

const ENVIRONMENT = { PATH: '/opt/brew/bin' };

it('reports new variables, and to a new server, at once: the proxies follow', async () => {
  const { port, received } = await openServer(ADDRESSES);
  let environment: Record<string, string> | undefined;
  let token = 'first';
  const waiting: ((proxy: string) => void)[] = [];
  let resolveProxy: (url: string) => Promise<string> = async () => 'DIRECT';
  const { now: report } = createMachineReports({
    ...options,
    port,
    token: () => token,
    environment: () => environment,
    resolveProxy: url => resolveProxy(url),
  });
  const reports = () => received.map(({ report }) => report);
  report();
  await expect.poll(() => received.length).toBe(2);
  resolveProxy = () => new Promise(resolve => waiting.push(resolve)); // as long as the host of a script does not respond
  environment = ENVIRONMENT;
  report();
  await expect.poll(reports).toHaveLength(3);
  expect(reports()[2]).toEqual({ zone: 'Europe/Madrid', environment });
  await expect.poll(() => waiting.length).toBeGreaterThan(0);
  environment = { PATH: '/newer/bin' };
  report();
  await expect.poll(() => reports().at(-1)).toEqual({ zone: 'Europe/Madrid', environment });
  resolveProxy = async () => 'PROXY proxy:8080';
  for (const answer of waiting) answer('DIRECT');
  await expect.poll(() => reports().at(-1)).toHaveProperty('proxies');
  token = 'second';
  report();
  await expect
    .poll(() => received.find(({ token }) => token === 'second')?.report)
    .toEqual({
      zone: 'Europe/Madrid',
      environment,
    });
});

it('reports the rest when the proxies cannot be read, and logs that once', async () => {
  const { port, received } = await openServer(ADDRESSES);
  const lines: string[] = [];
  const { now: report } = createMachineReports({
    ...options,
    port,
    environment: () => ENVIRONMENT,
    resolveProxy: async () => Promise.reject(new Error('gone')),
    log: line => lines.push(line),
  });
  report();
  await expect.poll(() => received.length).toBe(2);
  report();
  await expect.poll(() => received.length).toBe(3);
  expect(new Set(received.map(({ report }) => JSON.stringify(report)))).toEqual(
    new Set([JSON.stringify({ zone: 'Europe/Madrid', environment: ENVIRONMENT })]),
  );
  expect(lines).toEqual(['the proxies could not be read: gone']);
});

it('logs a refused report once', async () => {
  const { port, received } = await openServer([], 400);
  const lines: string[] = [];
  const { now: report } = createMachineReports({ ...options, port, log: line => lines.push(line) });
  report();
  await expect.poll(() => lines.length).toBe(1);
  report();
  await expect.poll(() => received.length).toBe(2);
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(lines).toEqual(['the server refused a report on the machine: 400 {"addresses":[]}']);
});

it('sends nothing while the token may not be sent', async () => {
  const { port, received } = await openServer([]);
  let token: string | undefined;
  const { now: report } = createMachineReports({ ...options, port, token: () => token });
  report();
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(received).toEqual([]);
  token = 'a token';
  report();
  await expect.poll(() => received.length).toBe(1);
});

it('reports no proxies to a server that asks in another way', async () => {
  const { port, received } = await openServer('all of them');
  const { now: report } = createMachineReports({ ...options, port });
  report();
  await expect.poll(() => received.length).toBe(1);
  report();
  await expect.poll(() => received.length).toBe(2);
  expect(received[1]?.report).toEqual({ zone: 'Europe/Madrid' });
});

it('reports every minute, and after 10 s if a report lacked something', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  onTestFinished(() => timers.mockRestore());
  const pauses = () => timers.mock.calls.flatMap(([, ms]) => (ms === 10_000 || ms === 60_000 ? ms : []));
  const { port } = await openServer(ADDRESSES);
  let resolveProxy = async () => Promise.reject(new Error('gone'));
  const reports = createMachineReports({ ...options, port, resolveProxy: () => resolveProxy(), log: () => {} });
  reports.now();
  await expect.poll(pauses).toEqual([10_000]);
  resolveProxy = async () => 'DIRECT' as never;
  reports.now();
  await expect.poll(pauses).toEqual([10_000, 60_000]);
});

it('leaves out reports to an idle server for ten minutes, or until it is used', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { port, received } = await openServer([]);
  let isIdle = false;
  const reports = createMachineReports({ ...options, port, isIdle: () => isIdle });
  /** Waits until the next report has arrived, and its response. */
  const arrived = async (count: number) => {
    await vi.waitUntil(() => received.length === count, { timeout: 5_000 });
    await vi.waitUntil(() => vi.getTimerCount() > 0, { timeout: 5_000 });
  };
  reports.now();
  await arrived(1);
  vi.advanceTimersByTime(60_000);
  await arrived(2);
  reports.used();
  isIdle = true;
  vi.advanceTimersByTime(60_000);
  expect(vi.getTimerCount()).toBe(1);
  isIdle = false;
  reports.used();
  vi.advanceTimersByTime(500);
  await arrived(3);
  isIdle = true;
  vi.advanceTimersByTime(599_999);
  expect(received).toHaveLength(3);
  vi.advanceTimersByTime(1);
  await arrived(4);
});

it('reports to an idle server every minute until a report says the same as the last one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { port, received } = await openServer(ADDRESSES);
  let proxy = 'DIRECT'; // the machine has just resumed: its network is not there yet
  const reports = createMachineReports({ ...options, port, isIdle: () => true, resolveProxy: async () => proxy });
  const arrived = async (count: number) => {
    await vi.waitUntil(() => received.length === count, { timeout: 5_000 });
    await vi.waitUntil(() => vi.getTimerCount() > 0, { timeout: 5_000 });
  };
  reports.now();
  await arrived(2);
  proxy = 'PROXY proxy:8080';
  vi.advanceTimersByTime(60_000);
  await arrived(3);
  expect(received[2]?.report).toMatchObject({ proxies: { 'https://a.example': 'http://proxy:8080' } });
  vi.advanceTimersByTime(60_000);
  await arrived(4);
  vi.advanceTimersByTime(540_000);
  expect(received).toHaveLength(4);
});

it('reports once after several changes in a row', async () => {
  const { port, received } = await openServer([]);
  const reports = createMachineReports({ ...options, port });
  reports.soon();
  reports.soon();
  await expect.poll(() => received.length).toBe(1);
  await new Promise(resolve => setTimeout(resolve, 100));
  expect(received).toHaveLength(1);
});
