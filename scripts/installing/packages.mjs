// @ts-check
import { join } from 'node:path';
import { packFolder, packInstallers } from '../dist/pack.mjs';
import { outputs } from '../dist/unpacked-app.mjs';
import { installIntoSystem, onPath } from '../setup/system.mjs';
import { runVitest } from '../testing/suites.mjs';

const NEEDED = [
  { has: 'rpm', apt: 'rpm', dnf: 'rpm', pacman: 'rpm-tools' },
  { has: 'desktop-file-validate', apt: 'desktop-file-utils', dnf: 'desktop-file-utils', pacman: 'desktop-file-utils' },
  { has: 'pkexec', apt: 'pkexec', dnf: 'polkit', pacman: 'polkit' },
  { has: 'dbus-daemon', apt: 'dbus-daemon', dnf: 'dbus-daemon', pacman: 'dbus' },
];

/**
 * What packages are installed and looked at with.
 * @param {import('../setup/tool.mjs').Work} work
 */
export async function havePackageTools(work) {
  const missing = NEEDED.filter(({ has }) => !onPath(has));
  if (missing.length > 0) await installIntoSystem(work, missing);
}

/**
 * Makes the Linux packages, and an older version of two of them, and installs, starts, upgrades and removes them.
 * @param {import('../testing/suites.mjs').Place} place with a screen
 * @param {string[]} [filters]
 */
export async function testInstallers(place, filters = []) {
  const { root, output, env } = place;
  const work = { root, title: 'Packing of the installers', logFile: join(output, 'installers.log'), say: console.log };
  await havePackageTools(work);
  const packed = await packFolder(work, { electron: String(env['CACHIBOT_TEST_ELECTRON']) });
  await packInstallers(work, packed);
  const older = join(outputs.rehearsal, 'older');
  await packInstallers(work, packed, { version: '0.0.1', output: older, targets: ['deb', 'rpm'], quick: true });
  const folders = {
    CACHIBOT_TEST_INSTALLERS: join(root, outputs.release),
    CACHIBOT_TEST_OLDER_INSTALLERS: join(root, older),
    CACHIBOT_TEST_UNPACKED: packed.app.executable,
  };
  return runVitest({ ...place, env: { ...env, ...folders } }, 'installers', filters);
}
