/**
 * The Windows installer on a real Windows: `npm run install-test` installs the result of `npm run dist` for this user,
 * starts it and removes it.
 * @module-tag windows
 */

import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outputs } from '../../scripts/dist/unpacked-app.mjs';
import { runChild } from '../../scripts/testing/child.mjs';
import { expectGoodReport, expectGoodRun } from '../drivers/smoke';
import { expectSigned, install, installerIn, programIn, uninstall, type Windows } from '../drivers/windows-installer';

const root = join(__dirname, '..', '..');
const windows: Windows = {
  localFolder: String(process.env['LOCALAPPDATA']),
  run: (program, ...args) => runChild(program, args, { cwd: root, quiet: true }),
};
const installer = () => installerIn(join(root, outputs.release));
let installed = false;

it('installs for this user', async () => {
  await install(windows, installer());
  installed = true;
});

it('is signed, as is every installed program and library, unless its name says that it is unsigned', async () => {
  const signed = await expectSigned(windows, installer());
  console.log(signed > 0 ? `${signed} signatures are valid.` : 'It is unsigned, as its name says.');
});

it('has installed an app that starts with --smoke, prints a successful report, and leaves no server running', () =>
  expectGoodReport(programIn(windows)));

it('has installed an app that starts, responds, quits with 0, and leaves no process', () =>
  expectGoodRun(programIn(windows)));

it('leaves nothing behind when it is uninstalled', async () => {
  // Never uninstall an app that was installed before the test.
  expect(installed).toBe(true);
  await uninstall(windows);
});
