/** Electron's fuses: every one has a state of ours, also in an Electron that has more of them than electron-builder knows. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { checkFuses, fuseFileOf, setNewerFuses } from '../../../scripts/dist/fuses.mjs';
import { fuseWire } from '../../drivers/fuse-wire';

const root = join(__dirname, '..', '..', '..');
const { electronFuses } = parse(readFileSync(join(root, 'electron-builder.yml'), 'utf8'));
/** Electron 43's, with nine fuses. */
const NINE = '101100011';

/** Writes a program with this wire, once for each architecture. */
function program(wire: string, path = 'electron', architectures = 1): string {
  const folder = mkdtempSync(join(tmpdir(), 'cachibot-fuses-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `code${fuseWire(wire)}more code`.repeat(architectures), 'latin1');
  return file;
}

/** Sets the fuses of electron-builder.yml as electron-builder does. */
const set = (file: string) =>
  flipFuses(file, {
    version: FuseVersion.V1,
    [FuseV1Options.RunAsNode]: electronFuses.runAsNode,
    [FuseV1Options.EnableCookieEncryption]: electronFuses.enableCookieEncryption,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: electronFuses.enableNodeOptionsEnvironmentVariable,
    [FuseV1Options.EnableNodeCliInspectArguments]: electronFuses.enableNodeCliInspectArguments,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: electronFuses.enableEmbeddedAsarIntegrityValidation,
    [FuseV1Options.OnlyLoadAppFromAsar]: electronFuses.onlyLoadAppFromAsar,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: electronFuses.loadBrowserProcessSpecificV8Snapshot,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: electronFuses.grantFileProtocolExtraPrivileges,
  });

it('electron-builder.yml has a state for every fuse that electron-builder can set', () => {
  const names = Object.keys(FuseV1Options).filter(name => Number.isNaN(Number(name)));
  expect(Object.keys(electronFuses).length).toBe(names.length + 1); // and resetAdHocDarwinSignature
});

it.each([8, 9])('all of %i fuses are set', async count => {
  const file = program(NINE.slice(0, count).replace(/.$/, '0'), 'electron', 2);
  expect(() => checkFuses(file, electronFuses)).toThrow('runAsNode');
  setNewerFuses(file);
  await set(file);
  expect(() => checkFuses(file, electronFuses)).not.toThrow();
  expect(Object.keys(await getCurrentFuseWire(file))).toHaveLength(count + 1);
});

it.each([
  ['a fuse that nobody has decided about', `${NINE}1`, 'number 10'],
  ['a program without fuses', '', 'none found'],
])('fails for %s', async (_, wire, problem) => {
  const file = wire === '' ? program('1') : program(wire);
  if (wire === '') writeFileSync(file, 'no fuses');
  else {
    setNewerFuses(file);
    await set(file);
  }
  expect(() => checkFuses(file, electronFuses)).toThrow(problem);
});

it('are in the framework on macOS', () => {
  const framework = 'CachiBot.app/Contents/Frameworks/Electron Framework.framework/Electron Framework';
  expect(fuseFileOf(join('/r', 'CachiBot.app', 'Contents', 'MacOS', 'CachiBot'))).toBe(join('/r', framework));
  expect(fuseFileOf('/r/linux-unpacked/cachibot-desktop')).toBe('/r/linux-unpacked/cachibot-desktop');
});
