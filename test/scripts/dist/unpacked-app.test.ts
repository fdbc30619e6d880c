/** The unpacked apps that a build creates, and the one for this machine. */

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeManifest } from '../../../scripts/backend/manifest.mjs';
import { checkServers } from '../../../scripts/dist/pack.mjs';
import { unpackedAppIn, unpackedAppsIn } from '../../../scripts/dist/unpacked-app.mjs';

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'cachibot-unpacked-'));
});
afterEach(() => rmSync(output, { recursive: true, force: true }));

function writeApp(executable: string): void {
  mkdirSync(dirname(join(output, executable)), { recursive: true });
  writeFileSync(join(output, executable), '');
}

function writeServer(folder: string): void {
  const server = join(output, folder, 'resources', 'backend');
  mkdirSync(server, { recursive: true });
  writeFileSync(join(server, 'cachibot-server.exe'), 'server');
  writeManifest(server);
}

it.each([
  ['win32', 'x64', 'win-unpacked/CachiBot.exe'],
  ['win32', 'arm64', 'win-arm64-unpacked/CachiBot.exe'],
  ['darwin', 'x64', 'mac/CachiBot.app/Contents/MacOS/CachiBot'],
  ['darwin', 'arm64', 'mac-arm64/CachiBot.app/Contents/MacOS/CachiBot'],
  ['linux', 'x64', 'linux-unpacked/cachibot-desktop'],
  ['linux', 'arm64', 'linux-arm64-unpacked/cachibot-desktop'],
])('finds the app for %s and %s in %s', (platform, arch, executable) => {
  expect(unpackedAppIn(output, { platform, arch })).toBeUndefined();
  writeApp(executable);
  expect(unpackedAppIn(output, { platform, arch })?.executable).toBe(join(output, executable));
});

it('prefers the architecture of this machine to a newer app for another', () => {
  const [own, other] = ['win-unpacked/CachiBot.exe', 'win-arm64-unpacked/CachiBot.exe'];
  writeApp(own);
  writeApp(other);
  utimesSync(join(output, 'win-unpacked'), new Date(0), new Date(0));
  expect(unpackedAppIn(output, { platform: 'win32', arch: 'x64' })?.executable).toBe(join(output, own));
  expect(unpackedAppsIn(output, 'win32').map(app => app.executable)).toEqual([own, other].map(at => join(output, at)));
});

it('checks the server of the app for each architecture', () => {
  for (const folder of ['win-unpacked', 'win-arm64-unpacked']) {
    writeApp(`${folder}/CachiBot.exe`);
    writeServer(folder);
  }
  expect(() => checkServers(unpackedAppsIn(output, 'win32'))).not.toThrow();
  writeFileSync(join(output, 'win-arm64-unpacked/resources/backend/cachibot-server.exe'), 'changed');
  expect(() => checkServers(unpackedAppsIn(output, 'win32'))).toThrow('win-arm64-unpacked');
});
