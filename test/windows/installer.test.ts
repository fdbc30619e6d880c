/**
 * The Windows installer with the frozen server instead of the fake one, under wine: installation, upgrade, update and
 * removal while the server runs. The tests follow each other on one drive.
 * @module-tag linux
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { bundleDifferences } from '../../scripts/backend/manifest.mjs';
import { sizeReport } from '../../scripts/dist/sizes.mjs';
import { openPythonWine, windowsPython } from '../../scripts/offline/windows-python.mjs';
import { type InstalledServer, startInstalledServer } from '../drivers/installed-server';
import { WineTestbed } from '../drivers/wine-testbed';

const BOT = 'helper';
/** Answers to the account that the first test creates. */
const READ = { username: 'ada', bots: expect.arrayContaining([BOT]) };
const EXIT_MS = 20_000;
const REMOVAL_MS = 60_000;

const { key, older, newer, payload, parts } = inject('real');
let testbed: WineTestbed;
let login = '';
const running: InstalledServer[] = [];
const backend = () => join(testbed.programs, 'resources', 'backend');

async function start(): Promise<InstalledServer> {
  const server = await startInstalledServer(testbed);
  running.push(server);
  return server;
}

beforeAll(async () => {
  testbed = await WineTestbed.open(key, async work => openPythonWine(work, await windowsPython(work)));
});
afterEach(() => {
  for (const server of running.splice(0)) server.kill();
});
afterAll(() => testbed?.close());

it('is not larger than a release may be, packed with its settings', () => {
  const { bytes, overBudget, lines } = { bytes: statSync(payload).size, ...report(statSync(payload).size) };
  console.log(lines.join('\n'));
  expect(overBudget).toEqual([]);
  expect(report(bytes + 60e6).overBudget).not.toEqual([]);
});

const report = (bytes: number) => sizeReport([{ file: 'CachiBot.exe', bytes }], parts);

it('installs the server as it was packed, which runs', async () => {
  await testbed.installWithoutData(older);
  expect(bundleDifferences(backend())).toEqual([]);
  // A server that is frozen under wine contains a Python for tests only.
  expect(readFileSync(join(backend(), 'TEST-BUILD.txt'), 'utf8')).toContain('Not for users');
  const server = await start();
  login = await server.signUp(BOT);
  expect(await server.read(login)).toEqual(READ);
  expect(await server.stop()).toBe(0);
});

it('is upgraded while its server runs, and keeps the data', async () => {
  const before = await start();
  await testbed.run(newer.file, '/S');
  expect(await testbed.version()).toBe(newer.version);
  await before.exited;
  expect(testbed.servers()).toEqual([]);
  expect(bundleDifferences(backend())).toEqual([]);
  const server = await start();
  expect(await server.read(login)).toEqual(READ);
  expect(await server.stop()).toBe(0);
});

it('is removed while its server runs, and leaves the user’s data', async () => {
  const server = await start();
  await testbed.run(join(testbed.programs, 'Uninstall CachiBot.exe'), '/S');
  // The uninstaller continues in a copy of itself.
  await expect.poll(() => existsSync(testbed.programs), { timeout: REMOVAL_MS }).toBe(false);
  await server.exited;
  expect(readFileSync(join(testbed.data, 'cachibot.db'), 'latin1')).toContain('SQLite format 3');
});

it('updates itself while its server runs, makes a backup, and keeps the data', async () => {
  await testbed.installWithoutData(older);
  testbed.copyToFeed(older); // the differential download needs its block map
  testbed.offer(newer);
  testbed.start();
  await testbed.until('v1, ready', () => testbed.log().includes('"phase":"ready"'));
  const [before] = testbed.servers();
  await testbed.until('v2, ready', () => /update: from 0\.0\.1 to 2\.0\.0, which is ready/.test(testbed.log()));
  expect(await testbed.version()).toBe(newer.version);
  expect(bundleDifferences(backend())).toEqual([]);
  expect(testbed.servers()).toHaveLength(1);
  expect(testbed.servers()).not.toContain(before);
  expect(testbed.log()).toMatch(/"ready".* Copied .*"phase":"stopped".*2\.0\.0 replaces 0\.0\.1.* CachiBot 2\.0\.0/s);
  expect(existsSync(testbed.unixPath(testbed.record().passage.backup.copy))).toBe(true);
  const fetched = testbed.feed.bytes() / statSync(newer.file).size;
  console.log(`${(100 * fetched).toFixed(2)} % downloaded`);
  expect(fetched).toBeLessThan(0.01);
});

it('lets the server exit when the app is killed; the data is intact', async () => {
  expect(testbed.servers()).toHaveLength(1);
  testbed.killApp();
  await expect.poll(() => testbed.servers(), { timeout: EXIT_MS }).toEqual([]);
  const server = await start();
  expect(await server.read(login)).toEqual(READ);
  expect(await server.stop()).toBe(0);
});
