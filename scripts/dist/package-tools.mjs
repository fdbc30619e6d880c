// @ts-check
import { installIntoSystem, onPath } from '../setup/system.mjs';

const NEEDED = [
  { has: 'rpm', apt: 'rpm', dnf: 'rpm', pacman: 'rpm-tools' },
  { has: 'desktop-file-validate', apt: 'desktop-file-utils', dnf: 'desktop-file-utils', pacman: 'desktop-file-utils' },
  { has: 'pkexec', apt: 'pkexec', dnf: 'polkit', pacman: 'polkit' },
  { has: 'dbus-daemon', apt: 'dbus-daemon', dnf: 'dbus-daemon', pacman: 'dbus' },
];

/**
 * Installs the tools that Linux packages are installed and examined with, where they are missing.
 * @param {import('../setup/tool.mjs').Work} work
 */
export async function havePackageTools(work) {
  const missing = NEEDED.filter(({ has }) => !onPath(has));
  if (missing.length > 0) await installIntoSystem(work, missing);
}
