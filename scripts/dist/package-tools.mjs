// @ts-check
import { installSystemPackages, onPath } from '../setup/system.mjs';

const NEEDED = [
  { provides: 'rpm', apt: 'rpm', dnf: 'rpm', pacman: 'rpm-tools' },
  {
    provides: 'desktop-file-validate',
    apt: 'desktop-file-utils',
    dnf: 'desktop-file-utils',
    pacman: 'desktop-file-utils',
  },
  { provides: 'pkexec', apt: 'pkexec', dnf: 'polkit', pacman: 'polkit' },
  { provides: 'dbus-daemon', apt: 'dbus-daemon', dnf: 'dbus-daemon', pacman: 'dbus' },
];

/**
 * Installs missing tools that install and inspect Linux packages.
 * @param {import('../setup/tool.mjs').Work} work
 */
export async function ensurePackageTools(work) {
  const missing = NEEDED.filter(({ provides }) => !onPath(provides));
  if (missing.length > 0) await installSystemPackages(work, missing);
}
