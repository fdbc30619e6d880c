import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { choosePort } from '../../../desktop/server/port';

let cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUps.reverse()) await step();
  cleanUps = [];
});

/** Returns the port on which `server` listens. */
async function listen(server: Server, { port = 0, host = '127.0.0.1' } = {}): Promise<number> {
  cleanUps.push(() => server.close());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

it('is the preferred port when that is free', async () => {
  const free = await choosePort(undefined);
  await expect(choosePort(free)).resolves.toBe(free);
});

it('is another port when a program listens on the preferred one, without disturbing that program', async () => {
  let requests = 0;
  const server = createWebServer((_request, response) => {
    requests++;
    response.end('still here');
  });
  cleanUps.push(() => server.closeAllConnections());
  const taken = await listen(server);
  const chosen = await choosePort(taken);
  expect(chosen).not.toBe(taken);
  await expect(choosePort(chosen)).resolves.toBe(chosen);
  await expect(fetch(`http://127.0.0.1:${taken}/`).then(answer => answer.text())).resolves.toBe('still here');
  expect(requests).toBe(1);
});

it('is another port when a program listens on every address of the machine', async () => {
  const taken = await listen(createServer(), { host: '0.0.0.0' });
  await expect(choosePort(taken)).resolves.not.toBe(taken);
});

it('is left free for the server', async () => {
  const port = await choosePort(undefined);
  await expect(listen(createServer(), { port })).resolves.toBe(port);
});
